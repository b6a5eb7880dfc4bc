// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/firstframe.h"

#include <QTest>

using namespace wardesk;
using Painter = FirstFrame::Painter;

class TestFirstFrame : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aWholePictureWithSomethingOnItCounts()
    {
        QImage image(100, 100, QImage::Format_RGB32);
        image.fill(Qt::black);
        FirstFrame first;
        QVERIFY(!first.completedBy(image, image.rect(), Painter::session)); // empty
        image.setPixel(50, 48, qRgb(255, 255, 255));
        QVERIFY(first.completedBy(image, QRect(50, 48, 1, 1), Painter::session));
        QVERIFY(!first.completedBy(image, image.rect(), Painter::session)); // once
        first.reset();
        QVERIFY(!first.completedBy(image, QRect(0, 0, 100, 50), Painter::session));
        QVERIFY(first.completedBy(image, QRect(0, 50, 100, 50), Painter::session));
    }

    void theServersOwnScreenDoesNotCount()
    {
        QImage image(100, 100, QImage::Format_RGB32);
        image.fill(Qt::black);
        image.setPixel(0, 0, qRgb(1, 2, 3));
        FirstFrame first;
        QVERIFY(!first.completedBy(image, image.rect(), Painter::server));
        QVERIFY(first.completedBy(image, QRect(0, 0, 10, 10), Painter::session));
    }

    void noPictureIsNoFrame()
    {
        FirstFrame first;
        QVERIFY(!first.completedBy({}, {}, Painter::session));
    }
};

QTEST_APPLESS_MAIN(TestFirstFrame)
#include "tst_firstframe.moc"
