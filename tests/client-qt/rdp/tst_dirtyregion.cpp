// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/dirtyregion.h"

#include <QTest>

using namespace wardesk::rdp;

namespace {

bool covers(const std::vector<Rect>& rects, int x, int y)
{
    return std::any_of(rects.begin(), rects.end(), [&](const Rect& rect) {
        return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
    });
}

}

class TestDirtyRegion : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneFrameIsOnItsWayAtMost()
    {
        DirtyRegion dirty;
        dirty.reset(100, 100);
        QVERIFY(!dirty.take().has_value()); // nothing was drawn
        dirty.add(0, 0, 10, 10);
        const auto first = dirty.take();
        QVERIFY(first.has_value());
        dirty.add(20, 20, 10, 10);
        dirty.add(50, 50, 10, 10);
        QVERIFY(!dirty.take().has_value());
        dirty.acknowledge(first->sequence + 5); // not one of ours
        QVERIFY(!dirty.take().has_value());
        dirty.acknowledge(first->sequence);
        const auto second = dirty.take();
        QVERIFY(second.has_value());
        QCOMPARE(second->rects.size(), std::size_t { 2 });
        QVERIFY(covers(second->rects, 25, 25) && covers(second->rects, 55, 55));
    }

    void coveredRectanglesAreNotRepeated()
    {
        DirtyRegion dirty;
        dirty.reset(100, 100);
        dirty.add(10, 10, 5, 5);
        dirty.add(0, 0, 50, 50);
        dirty.add(20, 20, 5, 5);
        const auto frame = dirty.take();
        QCOMPARE(frame->rects.size(), std::size_t { 1 });
        QCOMPARE(frame->rects.front(), (Rect { 0, 0, 50, 50 }));
    }

    void whatLiesOutsideIsCutOff()
    {
        DirtyRegion dirty;
        dirty.reset(100, 80);
        dirty.add(-10, -10, 20, 20);
        dirty.add(90, 70, 1000, 1000);
        dirty.add(200, 0, 10, 10);
        dirty.add(0, 0, -5, 5);
        dirty.add(2'000'000'000, 0, 2'000'000'000, 1);
        const auto frame = dirty.take();
        QCOMPARE(frame->rects, (std::vector<Rect> { { 0, 0, 10, 10 }, { 90, 70, 10, 10 } }));
    }

    void manyRectanglesAreJoinedAndNoneIsLost()
    {
        DirtyRegion dirty;
        dirty.reset(8000, 8000);
        for (int i = 0; i < 500; ++i)
            dirty.add(16 * i, (i * 37) % 7000, 8, 8);
        const auto frame = dirty.take();
        QVERIFY(frame->rects.size() <= maximumRects);
        for (int i = 0; i < 500; ++i)
            QVERIFY(covers(frame->rects, 16 * i + 7, (i * 37) % 7000 + 7));
    }

    void aNewPictureForgetsTheOldOnesRectangles()
    {
        DirtyRegion dirty;
        dirty.reset(100, 100);
        dirty.add(90, 90, 10, 10);
        dirty.reset(50, 50);
        QVERIFY(!dirty.take().has_value());
    }
};

QTEST_APPLESS_MAIN(TestDirtyRegion)
#include "tst_dirtyregion.moc"
