// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// In place of wardesk-rdp in tests. The name it is started by says how it behaves.
#include "client-qt/rdp/channelsocket.h"
#include "client-qt/rdp/workerprotocol.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <variant>

namespace {

using namespace wardesk::rdp;

constexpr std::uint32_t width = 320;
constexpr std::uint32_t height = 240;
constexpr std::size_t pictureSize = std::size_t { width } * height * 4;

class Fake
{
public:
    explicit Fake(std::string path)
        : m_path(std::move(path))
        , m_mode(m_path.substr(m_path.find_last_of('/') + 1))
        , m_channel(Descriptor(workerChannelDescriptor))
    {
    }

    int run()
    {
        if (m_mode == "early")
            return 1;
        say(WorkerReady {
            static_cast<std::uint16_t>(m_mode == "other-version" ? 99 : protocolVersion), false,
            "fake" });
        if (!std::holds_alternative<ConnectRequest>(hear()))
            return 1;
        if (m_mode == "crash")
            std::raise(SIGKILL);
        if (m_mode == "garbage") {
            const std::string noise(65536, '\x5a');
            raw({ reinterpret_cast<const std::uint8_t*>(noise.data()), noise.size() });
            return waitForEnd();
        }
        if (m_mode == "unsealed")
            return unsealed();
        if (m_mode == "no-memory") {
            say(NewSurface { width, height, width * 4 });
            return waitForEnd();
        }
        if (m_mode == "floods")
            return floods();
        if (m_mode == "refuses") {
            say(ConnectionEnded { EndReason::untrusted, "not the expected certificate" });
            return tellIfCredentialCame();
        }
        return draws();
    }

private:
    void raw(std::span<const std::uint8_t> bytes, int passed = -1)
    {
        while (!bytes.empty()) {
            const auto sent = m_channel.send(bytes, passed);
            if (!sent)
                std::_Exit(0);
            passed = -1;
            bytes = bytes.subspan(*sent);
        }
    }
    void say(const FromWorker& message, int passed = -1) { raw(encode(message), passed); }
    bool more()
    {
        std::array<std::uint8_t, 4096> buffer {};
        std::size_t count = 0;
        if (m_channel.receive(buffer, count) != ChannelSocket::Received::some)
            return false;
        m_reader.append(std::span(buffer).first(count));
        return true;
    }
    ToWorker hear()
    {
        while (true) {
            const auto frame = m_reader.next();
            if (frame && frame->has_value())
                return *decodeToWorker(**frame);
            if (!more())
                std::_Exit(0);
        }
    }
    int waitForEnd()
    {
        while (true)
            static_cast<void>(hear());
    }

    int unsealed()
    {
        const Descriptor memory(::memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        if (::ftruncate(memory.get(), static_cast<off_t>(pictureSize)) != 0)
            return 1;
        say(NewSurface { width, height, width * 4 }, memory.get());
        say(FrameDrawn { 1, true, { { 0, 0, width, height } } });
        if (::ftruncate(memory.get(), 0) != 0)
            return 1;
        return waitForEnd();
    }

    int floods()
    {
        // Frames for a picture that does not exist, and rectangles that no picture has.
        for (std::uint32_t i = 0; i < 20'000; ++i)
            say(FrameDrawn { i, true, { { 65535, 65535, 65535, 65535 }, { 0, 0, 65535, 65535 } } });
        say(ConnectionEnded { EndReason::unavailable, "enough" });
        return waitForEnd();
    }

    int tellIfCredentialCame()
    {
        bool came = false;
        while (true) {
            const auto frame = m_reader.next();
            if (frame && frame->has_value())
                came = came || std::holds_alternative<CredentialHandover>(*decodeToWorker(**frame));
            else if (!more())
                break;
        }
        std::FILE* file = std::fopen((m_path + (came ? ".credential" : ".nothing")).c_str(), "w");
        return file == nullptr ? 1 : std::fclose(file);
    }

    void draw(std::uint8_t value)
    {
        std::memset(m_pixels, value, pictureSize);
        std::memset(m_pixels, 0xff, 4 * 8); // eight white pixels: the picture is not empty
        say(FrameDrawn { ++m_sequence, true, { { 0, 0, width, height } } });
    }

    int draws()
    {
        say(CertificateTrusted {});
        const auto handover = std::get<CredentialHandover>(hear());
        say(ConnectionEstablished {});
        const Descriptor memory(::memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        if (::ftruncate(memory.get(), static_cast<off_t>(pictureSize)) != 0
            || ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
            return 1;
        m_pixels = static_cast<std::uint8_t*>(
            ::mmap(nullptr, pictureSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0));
        say(NewSurface { width, height, width * 4 }, memory.get());
        echo("credential of " + handover.account + ", "
            + std::to_string(handover.credential.reveal().size()) + " bytes");
        draw(0x80);
        while (true) {
            const ToWorker message = hear();
            if (std::holds_alternative<CloseRequest>(message)) {
                say(ConnectionEnded { EndReason::closed, "" });
                return 0;
            }
            describe(message);
        }
    }

    /// What was heard goes back as clipboard text, so that the test can see it.
    void echo(std::string text) { say(ClipboardContent { std::move(text) }); }

    void describe(const ToWorker& message)
    {
        const auto number = [](auto value) { return std::to_string(value); };
        if (const auto* key = std::get_if<KeyEvent>(&message))
            echo("key " + number(key->scancode) + (key->down ? " down" : " up"));
        else if (const auto* move = std::get_if<PointerMove>(&message))
            echo("move " + number(move->x) + " " + number(move->y));
        else if (const auto* button = std::get_if<PointerButton>(&message))
            echo("button " + number(static_cast<int>(button->button))
                + (button->down ? " down" : " up"));
        else if (const auto* wheel = std::get_if<PointerWheel>(&message))
            echo("wheel " + number(wheel->delta) + (wheel->horizontal ? " across" : ""));
        else if (const auto* resize = std::get_if<ResizeRequest>(&message))
            echo("resize " + number(resize->width) + " " + number(resize->height));
        else if (const auto* text = std::get_if<TextUnit>(&message)) {
            draw(static_cast<std::uint8_t>(text->unit));
            echo("text " + number(text->unit));
        }
    }

    std::string m_path;
    std::string m_mode;
    ChannelSocket m_channel;
    FrameReader m_reader;
    std::uint8_t* m_pixels = nullptr;
    std::uint32_t m_sequence = 0;
};

}

int main(int, char** argv)
{
    return Fake(argv[0]).run();
}
