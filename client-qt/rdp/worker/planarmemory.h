// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <freerdp/client/rdpgfx.h>
#include <freerdp/freerdp.h>

namespace wardesk::rdp {

/// libfreerdp keeps scratch memory of 18 bytes a pixel for the planar codec, twice (once for
/// graphics in the old style): 75 MB at 1920x1080, two thirds of what a session takes. xrdp uses
/// that codec for its own screens only, before the session draws. So it is given back when the
/// session has begun to draw, and taken again before anything is decoded with it: libfreerdp
/// before 3.2x does not check the size itself, so each decoding goes through here.
class PlanarMemory
{
public:
    /// After gdi_init_ex(). Both contexts outlive this object or are detached first.
    void attach(rdpContext* context);
    void attachGraphics(RdpgfxClientContext* graphics);
    void detachGraphics() { m_graphics = nullptr; }

    /// The session draws with another codec. Once for each size: a server that mixes codecs is left
    /// alone.
    void release();
    /// libfreerdp has just taken all of it again.
    void desktopResized() { m_state = State::whole; }
    /// Before the planar codec decodes a piece of the graphics pipeline. False when there is no
    /// memory.
    [[nodiscard]] bool claim();

private:
    enum class State { whole, released, claimed };

    static BOOL decompress(rdpContext* context, rdpBitmap* bitmap, const BYTE* data, UINT32 width,
        UINT32 height, UINT32 bpp, UINT32 length, BOOL compressed, UINT32 codecId);
    [[nodiscard]] bool resize(UINT32 width, UINT32 height);

    rdpContext* m_context = nullptr;
    RdpgfxClientContext* m_graphics = nullptr;
    pBitmap_Decompress m_decompress = nullptr;
    State m_state = State::whole;
};

}
