// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/cursor.h"

#include "client-qt/rdp/worker/parentchannel.h"
#include "client-qt/rdp/worker/workercontext.h"

#include <algorithm>
#include <freerdp/codec/color.h>
#include <freerdp/gdi/gdi.h>
#include <freerdp/graphics.h>

namespace wardesk::rdp {

namespace {

/// libfreerdp allocates these by the size that is registered, and keeps them in its cursor cache;
/// plain, base first.
struct CursorEntry
{
    rdpPointer base;
    CursorImage* image;
};

// A client that is gone is noticed by the loop; the callbacks report success so that libfreerdp
// goes on until then.
void send(rdpContext* context, const FromWorker& message)
{
    static_cast<void>(WorkerContext::of(context).parent->send(message));
}

BOOL newCursor(rdpContext* context, rdpPointer* pointer)
{
    auto* entry = reinterpret_cast<CursorEntry*>(pointer);
    if (pointer->width == 0 || pointer->height == 0 || pointer->width > maximumCursorSide
        || pointer->height > maximumCursorSide)
        return FALSE;
    auto* image = new CursorImage;
    image->width = static_cast<std::uint16_t>(pointer->width);
    image->height = static_cast<std::uint16_t>(pointer->height);
    image->hotX = static_cast<std::uint16_t>(std::min(pointer->xPos, pointer->width - 1));
    image->hotY = static_cast<std::uint16_t>(std::min(pointer->yPos, pointer->height - 1));
    image->bgra.resize(std::size_t { pointer->width } * pointer->height * 4);
    if (!freerdp_image_copy_from_pointer_data(image->bgra.data(), PIXEL_FORMAT_BGRA32, 0, 0, 0,
            pointer->width, pointer->height, pointer->xorMaskData, pointer->lengthXorMask,
            pointer->andMaskData, pointer->lengthAndMask, pointer->xorBpp,
            &context->gdi->palette)) {
        delete image;
        return FALSE;
    }
    entry->image = image;
    return TRUE;
}

void freeCursor(rdpContext*, rdpPointer* pointer)
{
    auto* entry = reinterpret_cast<CursorEntry*>(pointer);
    delete entry->image;
    entry->image = nullptr;
}

BOOL setCursor(rdpContext* context, rdpPointer* pointer)
{
    const auto* entry = reinterpret_cast<CursorEntry*>(pointer);
    if (entry->image != nullptr)
        send(context, *entry->image);
    return TRUE;
}

BOOL hideCursor(rdpContext* context)
{
    send(context, CursorShape { CursorShapeName::hidden });
    return TRUE;
}

BOOL standardCursor(rdpContext* context)
{
    send(context, CursorShape { CursorShapeName::standard });
    return TRUE;
}

BOOL moveCursor(rdpContext* context, UINT32 x, UINT32 y)
{
    send(context,
        CursorMoved { static_cast<std::uint16_t>(std::min<UINT32>(x, maximumSide)),
            static_cast<std::uint16_t>(std::min<UINT32>(y, maximumSide)) });
    return TRUE;
}

}

void registerCursor(rdpContext* context)
{
    rdpPointer prototype {};
    prototype.size = sizeof(CursorEntry);
    prototype.New = newCursor;
    prototype.Free = freeCursor;
    prototype.Set = setCursor;
    prototype.SetNull = hideCursor;
    prototype.SetDefault = standardCursor;
    prototype.SetPosition = moveCursor;
    graphics_register_pointer(context->graphics, &prototype);
}

}
