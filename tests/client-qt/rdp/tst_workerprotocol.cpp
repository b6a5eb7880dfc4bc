// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/workerprotocol.h"

#include <QTest>
#include <random>

using namespace wardesk;
using namespace wardesk::rdp;

namespace {

std::string fingerprint()
{
    return std::string(64, 'a');
}

std::vector<ToWorker> allToWorker()
{
    return { ConnectRequest { .address = "10.0.0.1",
                 .port = 3389,
                 .certificateSha256 = fingerprint(),
                 .width = 1280,
                 .height = 800,
                 .scalePercent = 150,
                 .keyboardLayout = 0x407,
                 .clipboard = true,
                 .networkLevelAuthentication = true },
        CredentialHandover { "nurse", Secret("one-time") }, FrameAcknowledged { 7 },
        KeyEvent { 0x11d, true }, TextUnit { 0x20ac }, PointerMove { 1, 2 },
        PointerButton { 3, 4, PointerButtonName::forward, true }, PointerWheel { 5, 6, -120, true },
        LockKeyState { 6 }, ResizeRequest { 1920, 1080, 200 }, ClipboardContent { "text" },
        CloseRequest {} };
}

std::vector<FromWorker> allFromWorker()
{
    return { WorkerReady { protocolVersion, true, "3.10.3" }, CertificateTrusted {},
        ConnectionEstablished {}, NewSurface { 1280, 800, 5120 },
        FrameDrawn { 9, false, { { 0, 0, 64, 64 }, { 64, 0, 1, 2 } } },
        CursorImage { 2, 1, 1, 0, std::vector<std::uint8_t>(8, 0x80) },
        CursorShape { CursorShapeName::hidden }, CursorMoved { 10, 20 },
        ClipboardContent { "text" }, RoundTrip { 41 },
        ConnectionEnded { EndReason::untrusted, "why" } };
}

std::span<const std::uint8_t> body(const std::vector<std::uint8_t>& frame)
{
    return std::span(frame).subspan(4);
}

}

class TestWorkerProtocol : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyMessageSurvives()
    {
        for (const ToWorker& message : allToWorker()) {
            const auto decoded = decodeToWorker(body(encode(message)));
            QVERIFY(decoded.has_value());
            QCOMPARE(decoded->index(), message.index());
            QCOMPARE(encode(*decoded), encode(message));
        }
        for (const FromWorker& message : allFromWorker()) {
            const auto decoded = decodeFromWorker(body(encode(message)));
            QVERIFY(decoded.has_value());
            QCOMPARE(decoded->index(), message.index());
            QCOMPARE(encode(*decoded), encode(message));
        }
    }

    void truncatedAndPaddedMessagesAreRefused()
    {
        const auto check = [](const std::vector<std::uint8_t>& frame, const auto& decode) {
            for (std::size_t length = 0; length < frame.size() - 4; ++length)
                QVERIFY(!decode(body(frame).first(length)).has_value());
            std::vector<std::uint8_t> longer = frame;
            longer.push_back(0);
            QVERIFY(!decode(body(longer)).has_value());
        };
        for (const ToWorker& message : allToWorker())
            check(encode(message), decodeToWorker);
        for (const FromWorker& message : allFromWorker())
            check(encode(message), decodeFromWorker);
    }

    void messagesOfTheOtherDirectionAreRefused()
    {
        QVERIFY(!decodeFromWorker(body(encode(ToWorker(CloseRequest {})))).has_value());
        QVERIFY(!decodeToWorker(body(encode(FromWorker(CertificateTrusted {})))).has_value());
    }

    void outOfBoundsIsRefused()
    {
        const auto refused = [](const FromWorker& message) {
            return !decodeFromWorker(body(encode(message))).has_value();
        };
        QVERIFY(refused(NewSurface { 0, 800, 5120 }));
        QVERIFY(refused(NewSurface { maximumSide + 1, 800, 4 * (maximumSide + 1) }));
        QVERIFY(refused(NewSurface { 1280, 800, 5116 })); // lines shorter than the width
        QVERIFY(refused(NewSurface { 1280, 800, 5121 })); // not whole pixels
        QVERIFY(refused(NewSurface { 1280, 800, 0xfffffffc })); // stride * height would wrap
        QVERIFY(refused(CursorImage { 2, 2, 0, 0, std::vector<std::uint8_t>(15) }));
        QVERIFY(refused(CursorImage { 2, 2, 2, 0, std::vector<std::uint8_t>(16) }));
        QVERIFY(refused(CursorImage { 0, 0, 0, 0, {} }));
        auto request = std::get<ConnectRequest>(allToWorker().front());
        request.certificateSha256[3] = 'G';
        QVERIFY(!decodeToWorker(body(encode(ToWorker(request)))).has_value());
        request.certificateSha256 = {};
        QVERIFY(!decodeToWorker(body(encode(ToWorker(request)))).has_value());
    }

    void moreRectanglesThanAllowedAreRefused()
    {
        auto frame
            = encode(FromWorker(FrameDrawn { 1, true, { maximumRects, Rect { 0, 0, 1, 1 } } }));
        QVERIFY(decodeFromWorker(body(frame)).has_value());
        // length 4, type 2, sequence 4, flag 1, then the count
        frame[11] = static_cast<std::uint8_t>(maximumRects + 1);
        frame.insert(frame.end(), 8, 0);
        QVERIFY(!decodeFromWorker(body(frame)).has_value());
    }

    void nonsenseNeverCrashes()
    {
        std::mt19937 random(20261125); // fixed: a failure can be repeated
        const auto byte = [&] { return static_cast<std::uint8_t>(random() & 0xff); };
        std::vector<std::vector<std::uint8_t>> seeds;
        for (const ToWorker& message : allToWorker())
            seeds.push_back(encode(message));
        for (const FromWorker& message : allFromWorker())
            seeds.push_back(encode(message));
        for (int round = 0; round < 50'000; ++round) {
            auto bytes = seeds[random() % seeds.size()];
            for (std::size_t change = 1 + random() % 8; change > 0; --change)
                bytes[random() % bytes.size()] = byte();
            bytes.resize(4 + random() % bytes.size(), byte());
            static_cast<void>(decodeToWorker(body(bytes)));
            static_cast<void>(decodeFromWorker(body(bytes)));
            FrameReader reader;
            reader.append(bytes);
            while (true) {
                const auto frame = reader.next();
                if (!frame || !frame->has_value())
                    break;
            }
        }
    }

    void framesAreCutWhereverTheBytesBreak()
    {
        std::vector<std::uint8_t> stream;
        for (const FromWorker& message : allFromWorker()) {
            const auto frame = encode(message);
            stream.insert(stream.end(), frame.begin(), frame.end());
        }
        for (const std::size_t step : { 1u, 3u, 7u, 1000u }) {
            FrameReader reader;
            std::size_t frames = 0;
            for (std::size_t at = 0; at < stream.size(); at += step) {
                reader.append(std::span(stream).subspan(at, std::min(step, stream.size() - at)));
                while (true) {
                    const auto frame = reader.next();
                    QVERIFY(frame.has_value());
                    if (!frame->has_value())
                        break;
                    QCOMPARE(decodeFromWorker(**frame)->index(), allFromWorker()[frames].index());
                    ++frames;
                }
            }
            QCOMPARE(frames, allFromWorker().size());
        }
    }

    void impossibleLengthsEndTheStream()
    {
        for (const std::uint32_t length : { 0u, 1u, 0x00100001u, 0xffffffffu }) {
            FrameReader reader;
            std::array<std::uint8_t, 4> bytes {};
            for (std::size_t i = 0; i < 4; ++i)
                bytes[i] = static_cast<std::uint8_t>((length >> (8 * i)) & 0xff);
            reader.append(bytes);
            QVERIFY(!reader.next().has_value());
        }
    }
};

QTEST_APPLESS_MAIN(TestWorkerProtocol)
#include "tst_workerprotocol.moc"
