// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/tokenfile.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace wardesk;
using namespace wardesk::ctl;

class TokenFileTest : public QObject
{
    Q_OBJECT

    static constexpr auto ownerOnly
        = QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser;

private Q_SLOTS:
    void whatIsWrittenComesBack()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("new/token"));
        QVERIFY(writeToken(path.toStdString(), Secret("abc")));
        QVERIFY(readToken(path.toStdString()).value().equals("abc"));
        QCOMPARE(QFile::permissions(path), ownerOnly);
        QCOMPARE(QDir(QFileInfo(path).path()).entryList(QDir::Files).size(), 1); // nothing beside
        removeToken(path.toStdString());
        QCOMPARE(readToken(path.toStdString()).error().code, Errc::unauthenticated);
    }
    // An old file's rights do not rub off, and a reader of the old one keeps the old one.
    void anOpenFileIsReplacedByAClosedOne()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("token"));
        QFile old(path);
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.write("old\n");
        old.close();
        QVERIFY(old.setPermissions(ownerOnly | QFile::ReadOther));
        QCOMPARE(readToken(path.toStdString()).error().code, Errc::forbidden);
        QVERIFY(old.open(QIODevice::ReadOnly));
        QVERIFY(writeToken(path.toStdString(), Secret("new")));
        QCOMPARE(old.readAll(), QByteArray("old\n"));
        QCOMPARE(QFile::permissions(path), ownerOnly);
        QVERIFY(readToken(path.toStdString()).value().equals("new"));
    }
};

QTEST_GUILESS_MAIN(TokenFileTest)
#include "tst_tokenfile.moc"
