// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// What `wardesk` and its worker `wardesk-rdp` say to each other over a Unix stream socket: frames
/// of a 32-bit length (of what follows), a 16-bit type and fields, all little-endian. Two frames
/// carry a file descriptor besides: the connected socket (ConnectRequest) and the picture's memory
/// (NewSurface). Both ends bound what they read; the parent treats the worker as hostile, because
/// the worker parses what the network sends.
namespace wardesk::rdp {

inline constexpr std::uint16_t protocolVersion = 1;
inline constexpr std::size_t maximumFrame = 1024 * 1024;
inline constexpr std::size_t maximumText = 4096;
inline constexpr std::size_t maximumClipboard = 512 * 1024;
inline constexpr std::uint32_t maximumSide = 8192; ///< of the desktop, in pixels
inline constexpr std::uint32_t maximumCursorSide = 384;
inline constexpr std::size_t maximumRects = 64; ///< in one FrameDrawn
/// The worker's end of the socket, as the child process sees it.
inline constexpr int workerChannelDescriptor = 3;

struct Rect
{
    std::uint16_t x = 0;
    std::uint16_t y = 0;
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    friend bool operator==(const Rect&, const Rect&) = default;
};

// ---- parent to worker

struct ConnectRequest
{ ///< with the connected socket's descriptor
    std::string address; ///< for the TLS server name only; the worker opens no connection
    std::uint16_t port = 0;
    std::string certificateSha256; ///< 64 lower-case hex digits
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint16_t scalePercent = 100;
    std::uint32_t keyboardLayout = 0; ///< Windows input locale, 0 for unknown
    bool clipboard = false;
    bool networkLevelAuthentication = false;
};
struct CredentialHandover
{ ///< only after CertificateTrusted
    std::string account;
    Secret credential;
};
struct FrameAcknowledged
{
    std::uint32_t sequence = 0;
};
struct KeyEvent
{
    std::uint16_t scancode = 0; ///< set 1, plus 0x100 for extended keys
    bool down = false;
};
struct TextUnit
{
    std::uint16_t unit = 0; ///< UTF-16
};
struct PointerMove
{
    std::uint16_t x = 0;
    std::uint16_t y = 0;
};
enum class PointerButtonName : std::uint8_t { left, right, middle, back, forward };
struct PointerButton
{
    std::uint16_t x = 0;
    std::uint16_t y = 0;
    PointerButtonName button = PointerButtonName::left;
    bool down = false;
};
struct PointerWheel
{
    std::uint16_t x = 0;
    std::uint16_t y = 0;
    std::int16_t delta = 0; ///< 120 is a notch; positive is away from the user or to the right
    bool horizontal = false;
};
struct LockKeyState
{
    std::uint8_t bits = 0; ///< 1 scroll, 2 num, 4 caps: RDP's own bits
};
struct ResizeRequest
{
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint16_t scalePercent = 100;
};
struct ClipboardContent
{ ///< both ways, UTF-8
    std::string text;
};
struct CloseRequest
{
};

using ToWorker = std::variant<ConnectRequest, CredentialHandover, FrameAcknowledged, KeyEvent,
    TextUnit, PointerMove, PointerButton, PointerWheel, LockKeyState, ResizeRequest,
    ClipboardContent, CloseRequest>;

// ---- worker to parent

struct WorkerReady
{
    std::uint16_t version = protocolVersion;
    bool h264 = false;
    std::string library; ///< libfreerdp's version
};
struct CertificateTrusted
{
};
struct ConnectionEstablished
{
};
struct NewSurface
{ ///< with a sealed memfd of at least stride * height bytes, BGRX32
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t stride = 0;
};
struct FrameDrawn
{
    std::uint32_t sequence = 0;
    bool bySession
        = true; ///< false while only the RDP server's own screens were drawn (connecting, refused)
    std::vector<Rect> rects;
};
struct CursorImage
{
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint16_t hotX = 0;
    std::uint16_t hotY = 0;
    std::vector<std::uint8_t> bgra; ///< width * height * 4, not premultiplied
};
enum class CursorShapeName : std::uint8_t { standard, hidden };
struct CursorShape
{
    CursorShapeName shape = CursorShapeName::standard;
};
struct CursorMoved
{
    std::uint16_t x = 0;
    std::uint16_t y = 0;
};
struct RoundTrip
{
    std::uint32_t milliseconds = 0;
};
enum class EndReason : std::uint8_t {
    closed, ///< asked for, or the desktop ended the session in good order
    untrusted,
    wrongCredentials,
    unavailable,
    replaced, ///< the session was taken over from another place
    internal
};
struct ConnectionEnded
{
    EndReason reason = EndReason::internal;
    std::string detail; ///< plain words, never a secret
};

using FromWorker
    = std::variant<WorkerReady, CertificateTrusted, ConnectionEstablished, NewSurface, FrameDrawn,
        CursorImage, CursorShape, CursorMoved, ClipboardContent, RoundTrip, ConnectionEnded>;

/// A whole frame, length included. The caller wipes it when it holds a credential.
[[nodiscard]] std::vector<std::uint8_t> encode(const ToWorker& message);
[[nodiscard]] std::vector<std::uint8_t> encode(const FromWorker& message);

/// From a frame's type and fields (no length). invalidArgument for anything that is not exactly one
/// message in bounds.
[[nodiscard]] Result<ToWorker> decodeToWorker(std::span<const std::uint8_t> frame);
[[nodiscard]] Result<FromWorker> decodeFromWorker(std::span<const std::uint8_t> frame);

/// Cuts a byte stream into frames. What was taken out is zeroed, because credentials pass through
/// here.
class FrameReader
{
public:
    FrameReader() = default;
    FrameReader(const FrameReader&) = delete;
    FrameReader& operator=(const FrameReader&) = delete;
    ~FrameReader();

    void append(std::span<const std::uint8_t> bytes);
    /// The next complete frame without its length; none while it is incomplete; tooLarge when it
    /// never could be. Valid until the next call of any member.
    [[nodiscard]] Result<std::optional<std::span<const std::uint8_t>>> next();

private:
    void dropTaken();
    std::vector<std::uint8_t> m_bytes;
    std::size_t m_start = 0;
    std::size_t m_taken = 0; ///< length of the frame handed out last, still at m_start
};

}
