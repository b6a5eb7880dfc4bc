// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/workerprotocol.h"

#include <algorithm>
#include <cstring>
#include <string.h>

namespace wardesk::rdp {

namespace {

enum class Type : std::uint16_t {
    connectRequest = 1,
    credentialHandover,
    frameAcknowledged,
    keyEvent,
    textUnit,
    pointerMove,
    pointerButton,
    pointerWheel,
    lockKeyState,
    resizeRequest,
    clipboardContent,
    closeRequest,
    workerReady = 101,
    certificateTrusted,
    connectionEstablished,
    newSurface,
    frameDrawn,
    cursorImage,
    cursorShape,
    cursorMoved,
    roundTrip,
    connectionEnded
};

class Writer
{
public:
    explicit Writer(Type type)
    {
        u32(0); // the length, once it is known
        u16(static_cast<std::uint16_t>(type));
    }
    void u8(std::uint8_t value) { m_out.push_back(value); }
    void flag(bool value) { u8(value ? 1 : 0); }
    void u16(std::uint16_t value)
    {
        u8(static_cast<std::uint8_t>(value & 0xff));
        u8(static_cast<std::uint8_t>(value >> 8));
    }
    void u32(std::uint32_t value)
    {
        u16(static_cast<std::uint16_t>(value & 0xffff));
        u16(static_cast<std::uint16_t>(value >> 16));
    }
    void bytes(const void* data, std::size_t size)
    {
        u32(static_cast<std::uint32_t>(size));
        const auto* first = static_cast<const std::uint8_t*>(data);
        m_out.insert(m_out.end(), first, first + size);
    }
    void text(std::string_view value) { bytes(value.data(), value.size()); }
    void reserve(std::size_t size) { m_out.reserve(size); }
    std::vector<std::uint8_t> take()
    {
        const auto length = static_cast<std::uint32_t>(m_out.size() - 4);
        for (std::size_t i = 0; i < 4; ++i)
            m_out[i] = static_cast<std::uint8_t>((length >> (8 * i)) & 0xff);
        return std::move(m_out);
    }

private:
    std::vector<std::uint8_t> m_out;
};

/// Reads past the end give zeros and set a flag that is looked at once, in finish().
class Reader
{
public:
    explicit Reader(std::span<const std::uint8_t> bytes)
        : m_rest(bytes)
    {
    }
    std::uint8_t u8()
    {
        if (m_rest.empty()) {
            m_bad = true;
            return 0;
        }
        const std::uint8_t value = m_rest.front();
        m_rest = m_rest.subspan(1);
        return value;
    }
    bool flag() { return u8below(2) == 1; }
    std::uint8_t u8below(std::uint8_t limit)
    {
        const std::uint8_t value = u8();
        if (value >= limit) {
            m_bad = true;
            return 0;
        }
        return value;
    }
    std::uint16_t u16()
    {
        const std::uint16_t low = u8();
        return static_cast<std::uint16_t>(low | (u8() << 8));
    }
    std::uint32_t u32()
    {
        const std::uint32_t low = u16();
        return low | (static_cast<std::uint32_t>(u16()) << 16);
    }
    std::span<const std::uint8_t> bytes(std::size_t limit)
    {
        const std::uint32_t size = u32();
        if (m_bad || size > limit || size > m_rest.size()) {
            m_bad = true;
            return {};
        }
        const auto value = m_rest.first(size);
        m_rest = m_rest.subspan(size);
        return value;
    }
    std::string text(std::size_t limit)
    {
        const auto value = bytes(limit);
        return std::string(value.begin(), value.end());
    }
    void require(bool condition) { m_bad = m_bad || !condition; }
    [[nodiscard]] bool bad() const { return m_bad; }
    [[nodiscard]] bool good() const { return !m_bad && m_rest.empty(); }

private:
    std::span<const std::uint8_t> m_rest;
    bool m_bad = false;
};

template <typename... Overload> struct Overloaded : Overload...
{
    using Overload::operator()...;
};
template <typename... Overload> Overloaded(Overload...) -> Overloaded<Overload...>;

std::vector<std::uint8_t> encodeClipboard(const ClipboardContent& content)
{
    Writer writer(Type::clipboardContent);
    writer.text(std::string_view(content.text).substr(0, maximumClipboard));
    return writer.take();
}

std::string cut(const std::string& text)
{
    return text.substr(0, maximumText);
}

template <typename Variant, typename Message>
Result<Variant> finished(const Reader& reader, Message&& message)
{
    if (!reader.good())
        return failure(Errc::invalidArgument, "malformed message between client and worker");
    return Variant(std::forward<Message>(message));
}

bool isFingerprint(std::string_view text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

/// explicit_bzero must not be given a null pointer, not even with nothing behind it.
void wipe(std::uint8_t* bytes, std::size_t size)
{
    if (size > 0)
        explicit_bzero(bytes, size);
}

void requireSize(Reader& reader, std::uint32_t width, std::uint32_t height)
{
    reader.require(width > 0 && height > 0 && width <= maximumSide && height <= maximumSide);
}

}

std::vector<std::uint8_t> encode(const ToWorker& message)
{
    return std::visit(Overloaded {
                          [](const ConnectRequest& m) {
                              Writer writer(Type::connectRequest);
                              writer.text(cut(m.address));
                              writer.u16(m.port);
                              writer.text(cut(m.certificateSha256));
                              writer.u16(m.width);
                              writer.u16(m.height);
                              writer.u16(m.scalePercent);
                              writer.u32(m.keyboardLayout);
                              writer.flag(m.clipboard);
                              writer.flag(m.networkLevelAuthentication);
                              return writer.take();
                          },
                          [](const CredentialHandover& m) {
                              Writer writer(Type::credentialHandover);
                              // Never grows, so no copy of the credential is left behind in freed
                              // memory.
                              writer.reserve(m.account.size() + m.credential.reveal().size() + 32);
                              writer.text(m.account);
                              writer.text(m.credential.reveal());
                              return writer.take();
                          },
                          [](const FrameAcknowledged& m) {
                              Writer writer(Type::frameAcknowledged);
                              writer.u32(m.sequence);
                              return writer.take();
                          },
                          [](const KeyEvent& m) {
                              Writer writer(Type::keyEvent);
                              writer.u16(m.scancode);
                              writer.flag(m.down);
                              return writer.take();
                          },
                          [](const TextUnit& m) {
                              Writer writer(Type::textUnit);
                              writer.u16(m.unit);
                              return writer.take();
                          },
                          [](const PointerMove& m) {
                              Writer writer(Type::pointerMove);
                              writer.u16(m.x);
                              writer.u16(m.y);
                              return writer.take();
                          },
                          [](const PointerButton& m) {
                              Writer writer(Type::pointerButton);
                              writer.u16(m.x);
                              writer.u16(m.y);
                              writer.u8(static_cast<std::uint8_t>(m.button));
                              writer.flag(m.down);
                              return writer.take();
                          },
                          [](const PointerWheel& m) {
                              Writer writer(Type::pointerWheel);
                              writer.u16(m.x);
                              writer.u16(m.y);
                              writer.u16(static_cast<std::uint16_t>(m.delta));
                              writer.flag(m.horizontal);
                              return writer.take();
                          },
                          [](const LockKeyState& m) {
                              Writer writer(Type::lockKeyState);
                              writer.u8(m.bits);
                              return writer.take();
                          },
                          [](const ResizeRequest& m) {
                              Writer writer(Type::resizeRequest);
                              writer.u16(m.width);
                              writer.u16(m.height);
                              writer.u16(m.scalePercent);
                              return writer.take();
                          },
                          [](const ClipboardContent& m) { return encodeClipboard(m); },
                          [](const CloseRequest&) { return Writer(Type::closeRequest).take(); },
                      },
        message);
}

std::vector<std::uint8_t> encode(const FromWorker& message)
{
    return std::visit(
        Overloaded {
            [](const WorkerReady& m) {
                Writer writer(Type::workerReady);
                writer.u16(m.version);
                writer.flag(m.h264);
                writer.text(cut(m.library));
                return writer.take();
            },
            [](const CertificateTrusted&) { return Writer(Type::certificateTrusted).take(); },
            [](const ConnectionEstablished&) { return Writer(Type::connectionEstablished).take(); },
            [](const NewSurface& m) {
                Writer writer(Type::newSurface);
                writer.u32(m.width);
                writer.u32(m.height);
                writer.u32(m.stride);
                return writer.take();
            },
            [](const FrameDrawn& m) {
                Writer writer(Type::frameDrawn);
                writer.u32(m.sequence);
                writer.flag(m.bySession);
                const std::size_t count = std::min(m.rects.size(), maximumRects);
                writer.u16(static_cast<std::uint16_t>(count));
                for (std::size_t i = 0; i < count; ++i) {
                    const Rect& rect = m.rects[i];
                    writer.u16(rect.x);
                    writer.u16(rect.y);
                    writer.u16(rect.width);
                    writer.u16(rect.height);
                }
                return writer.take();
            },
            [](const CursorImage& m) {
                Writer writer(Type::cursorImage);
                writer.u16(m.width);
                writer.u16(m.height);
                writer.u16(m.hotX);
                writer.u16(m.hotY);
                writer.bytes(m.bgra.data(), m.bgra.size());
                return writer.take();
            },
            [](const CursorShape& m) {
                Writer writer(Type::cursorShape);
                writer.u8(static_cast<std::uint8_t>(m.shape));
                return writer.take();
            },
            [](const CursorMoved& m) {
                Writer writer(Type::cursorMoved);
                writer.u16(m.x);
                writer.u16(m.y);
                return writer.take();
            },
            [](const ClipboardContent& m) { return encodeClipboard(m); },
            [](const RoundTrip& m) {
                Writer writer(Type::roundTrip);
                writer.u32(m.milliseconds);
                return writer.take();
            },
            [](const ConnectionEnded& m) {
                Writer writer(Type::connectionEnded);
                writer.u8(static_cast<std::uint8_t>(m.reason));
                writer.text(cut(m.detail));
                return writer.take();
            },
        },
        message);
}

Result<ToWorker> decodeToWorker(std::span<const std::uint8_t> frame)
{
    Reader reader(frame);
    switch (static_cast<Type>(reader.u16())) {
    case Type::connectRequest: {
        ConnectRequest m;
        m.address = reader.text(maximumText);
        m.port = reader.u16();
        m.certificateSha256 = reader.text(64);
        m.width = reader.u16();
        m.height = reader.u16();
        m.scalePercent = reader.u16();
        m.keyboardLayout = reader.u32();
        m.clipboard = reader.flag();
        m.networkLevelAuthentication = reader.flag();
        reader.require(isFingerprint(m.certificateSha256) && !m.address.empty() && m.port > 0);
        reader.require(m.address.find('\0') == std::string::npos);
        requireSize(reader, m.width, m.height);
        return finished<ToWorker>(reader, std::move(m));
    }
    case Type::credentialHandover: {
        CredentialHandover m;
        m.account = reader.text(maximumText);
        m.credential = Secret(reader.text(maximumText));
        return finished<ToWorker>(reader, std::move(m));
    }
    case Type::frameAcknowledged: {
        const FrameAcknowledged m { reader.u32() };
        return finished<ToWorker>(reader, m);
    }
    case Type::keyEvent: {
        KeyEvent m;
        m.scancode = reader.u16();
        m.down = reader.flag();
        reader.require(m.scancode < 0x400);
        return finished<ToWorker>(reader, m);
    }
    case Type::textUnit: {
        const TextUnit m { reader.u16() };
        return finished<ToWorker>(reader, m);
    }
    case Type::pointerMove: {
        PointerMove m;
        m.x = reader.u16();
        m.y = reader.u16();
        return finished<ToWorker>(reader, m);
    }
    case Type::pointerButton: {
        PointerButton m;
        m.x = reader.u16();
        m.y = reader.u16();
        m.button = static_cast<PointerButtonName>(reader.u8below(5));
        m.down = reader.flag();
        return finished<ToWorker>(reader, m);
    }
    case Type::pointerWheel: {
        PointerWheel m;
        m.x = reader.u16();
        m.y = reader.u16();
        m.delta = static_cast<std::int16_t>(reader.u16());
        m.horizontal = reader.flag();
        return finished<ToWorker>(reader, m);
    }
    case Type::lockKeyState: {
        const LockKeyState m { reader.u8below(8) };
        return finished<ToWorker>(reader, m);
    }
    case Type::resizeRequest: {
        ResizeRequest m;
        m.width = reader.u16();
        m.height = reader.u16();
        m.scalePercent = reader.u16();
        requireSize(reader, m.width, m.height);
        return finished<ToWorker>(reader, m);
    }
    case Type::clipboardContent: {
        ClipboardContent m { reader.text(maximumClipboard) };
        return finished<ToWorker>(reader, std::move(m));
    }
    case Type::closeRequest:
        return finished<ToWorker>(reader, CloseRequest {});
    case Type::workerReady:
    case Type::certificateTrusted:
    case Type::connectionEstablished:
    case Type::newSurface:
    case Type::frameDrawn:
    case Type::cursorImage:
    case Type::cursorShape:
    case Type::cursorMoved:
    case Type::roundTrip:
    case Type::connectionEnded:
        break;
    }
    return failure(Errc::invalidArgument, "unknown message to the worker");
}

Result<FromWorker> decodeFromWorker(std::span<const std::uint8_t> frame)
{
    Reader reader(frame);
    switch (static_cast<Type>(reader.u16())) {
    case Type::workerReady: {
        WorkerReady m;
        m.version = reader.u16();
        m.h264 = reader.flag();
        m.library = reader.text(maximumText);
        return finished<FromWorker>(reader, std::move(m));
    }
    case Type::certificateTrusted:
        return finished<FromWorker>(reader, CertificateTrusted {});
    case Type::connectionEstablished:
        return finished<FromWorker>(reader, ConnectionEstablished {});
    case Type::newSurface: {
        NewSurface m;
        m.width = reader.u32();
        m.height = reader.u32();
        m.stride = reader.u32();
        requireSize(reader, m.width, m.height);
        reader.require(
            m.stride % 4 == 0 && m.stride / 4 >= m.width && m.stride <= 4 * maximumSide + 64);
        return finished<FromWorker>(reader, m);
    }
    case Type::frameDrawn: {
        FrameDrawn m;
        m.sequence = reader.u32();
        m.bySession = reader.flag();
        const std::uint16_t count = reader.u16();
        reader.require(count <= maximumRects);
        for (std::uint16_t i = 0; i < count && !reader.bad(); ++i) {
            Rect rect;
            rect.x = reader.u16();
            rect.y = reader.u16();
            rect.width = reader.u16();
            rect.height = reader.u16();
            m.rects.push_back(rect);
        }
        return finished<FromWorker>(reader, std::move(m));
    }
    case Type::cursorImage: {
        CursorImage m;
        m.width = reader.u16();
        m.height = reader.u16();
        m.hotX = reader.u16();
        m.hotY = reader.u16();
        reader.require(m.width > 0 && m.height > 0 && m.width <= maximumCursorSide
            && m.height <= maximumCursorSide && m.hotX < m.width && m.hotY < m.height);
        const std::size_t size = std::size_t { m.width } * m.height * 4;
        const auto pixels = reader.bytes(maximumFrame);
        reader.require(pixels.size() == size);
        m.bgra.assign(pixels.begin(), pixels.end());
        return finished<FromWorker>(reader, std::move(m));
    }
    case Type::cursorShape: {
        const CursorShape m { static_cast<CursorShapeName>(reader.u8below(2)) };
        return finished<FromWorker>(reader, m);
    }
    case Type::cursorMoved: {
        CursorMoved m;
        m.x = reader.u16();
        m.y = reader.u16();
        return finished<FromWorker>(reader, m);
    }
    case Type::clipboardContent: {
        ClipboardContent m { reader.text(maximumClipboard) };
        return finished<FromWorker>(reader, std::move(m));
    }
    case Type::roundTrip: {
        const RoundTrip m { reader.u32() };
        return finished<FromWorker>(reader, m);
    }
    case Type::connectionEnded: {
        ConnectionEnded m;
        m.reason = static_cast<EndReason>(reader.u8below(6));
        m.detail = reader.text(maximumText);
        return finished<FromWorker>(reader, std::move(m));
    }
    case Type::connectRequest:
    case Type::credentialHandover:
    case Type::frameAcknowledged:
    case Type::keyEvent:
    case Type::textUnit:
    case Type::pointerMove:
    case Type::pointerButton:
    case Type::pointerWheel:
    case Type::lockKeyState:
    case Type::resizeRequest:
    case Type::closeRequest:
        break;
    }
    return failure(Errc::invalidArgument, "unknown message from the worker");
}

FrameReader::~FrameReader()
{
    wipe(m_bytes.data(), m_bytes.size());
}

void FrameReader::dropTaken()
{
    if (m_taken > 0) {
        wipe(m_bytes.data() + m_start, m_taken);
        m_start += m_taken;
        m_taken = 0;
    }
    if (m_start == m_bytes.size()) {
        m_bytes.clear();
        m_start = 0;
    }
}

void FrameReader::append(std::span<const std::uint8_t> bytes)
{
    dropTaken();
    const std::size_t kept = m_bytes.size() - m_start;
    if (m_start > 0 && kept > 0)
        std::memmove(m_bytes.data(), m_bytes.data() + m_start, kept);
    if (kept + bytes.size() > m_bytes.capacity()) {
        std::vector<std::uint8_t> larger;
        larger.reserve(2 * (kept + bytes.size()));
        larger.assign(m_bytes.begin(), m_bytes.begin() + static_cast<std::ptrdiff_t>(kept));
        wipe(m_bytes.data(), m_bytes.size());
        m_bytes.swap(larger);
    } else {
        wipe(m_bytes.data() + kept, m_bytes.size() - kept);
        m_bytes.resize(kept);
    }
    m_start = 0;
    m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
}

Result<std::optional<std::span<const std::uint8_t>>> FrameReader::next()
{
    dropTaken();
    const std::span<const std::uint8_t> rest(m_bytes.data() + m_start, m_bytes.size() - m_start);
    if (rest.size() < 4)
        return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
        length |= std::size_t { rest[i] } << (8 * i);
    if (length < 2 || length > maximumFrame)
        return failure(Errc::tooLarge, "a frame of an impossible length");
    if (rest.size() - 4 < length)
        return std::nullopt;
    m_taken = 4 + length;
    return rest.subspan(4, length);
}

}
