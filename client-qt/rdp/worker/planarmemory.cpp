// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/planarmemory.h"

#include "client-qt/rdp/worker/workercontext.h"

#include <freerdp/codec/planar.h>
#include <freerdp/codecs.h>
#include <freerdp/gdi/gdi.h>
#include <freerdp/graphics.h>
#include <malloc.h>

namespace wardesk::rdp {

namespace {

constexpr UINT32 smallest = 64; // libfreerdp's own first size

/// A new context, because resetting one to a smaller size keeps its memory.
bool resizeIn(rdpCodecs* codecs, UINT32 width, UINT32 height)
{
    if (codecs == nullptr || codecs->planar == nullptr)
        return true;
    BITMAP_PLANAR_CONTEXT* other = freerdp_bitmap_planar_context_new(0, width, height);
    if (other == nullptr)
        return false;
    freerdp_bitmap_planar_context_free(codecs->planar);
    codecs->planar = other;
    return true;
}

}

void PlanarMemory::attach(rdpContext* context)
{
    m_context = context;
    m_state = State::whole;
    rdpBitmap* prototype = context->graphics->Bitmap_Prototype;
    m_decompress = prototype->Decompress;
    prototype->Decompress = decompress;
    WorkerContext::of(context).planarMemory = this;
}

void PlanarMemory::attachGraphics(RdpgfxClientContext* graphics)
{
    m_graphics = graphics;
    m_state = State::whole;
}

bool PlanarMemory::resize(UINT32 width, UINT32 height)
{
    return resizeIn(m_context->codecs, width, height)
        && (m_graphics == nullptr || resizeIn(m_graphics->codecs, width, height));
}

void PlanarMemory::release()
{
    if (m_state != State::whole)
        return;
    m_state = State::released;
    // A refusal leaves an old size or none in some context; whole again is then the safe answer.
    if (!resize(smallest, smallest))
        m_state = claim() ? State::claimed : State::released;
    ::malloc_trim(0); // and what the handshake left
}

bool PlanarMemory::claim()
{
    if (m_state != State::released)
        return true;
    const rdpGdi* gdi = m_context->gdi;
    if (!resize(static_cast<UINT32>(gdi->width), static_cast<UINT32>(gdi->height)))
        return false;
    m_state = State::claimed;
    return true;
}

BOOL PlanarMemory::decompress(rdpContext* context, rdpBitmap* bitmap, const BYTE* data,
    UINT32 width, UINT32 height, UINT32 bpp, UINT32 length, BOOL compressed, UINT32 codecId)
{
    PlanarMemory& self = *WorkerContext::of(context).planarMemory;
    return self.claim()
        && self.m_decompress(
            context, bitmap, data, width, height, bpp, length, compressed, codecId);
}

}
