// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/processlist.h"
#include "agent/desktop/sessioncontrol.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace wardesk::desktop;
using namespace std::chrono_literals;

namespace {

/// Nobody's number: it needs no entry in the list of accounts.
constexpr uid_t number = 54321;

/// A process of the account, such as a prepared session's.
pid_t startProcess()
{
    const pid_t process = ::fork();
    if (process == 0) {
        if (::setgid(number) != 0 || ::setuid(number) != 0)
            ::_exit(1);
        ::execlp("sleep", "sleep", "600", nullptr);
        ::_exit(1);
    }
    return process;
}

}

class SessionControlTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Asked for a session that exists, xrdp's session manager dies.
    void noSessionIsAskedForWhileThereIsOne()
    {
        if (::geteuid() != 0)
            QSKIP("only root can start a process of another account");
        QTemporaryDir folder;
        QVERIFY(QFile::setPermissions(folder.path(), QFile::Permissions::fromInt(0x7777)));
        const QString word = folder.filePath(QStringLiteral("word"));
        const pid_t process = startProcess();
        QTRY_COMPARE(processesOf(number), std::vector<pid_t> { process });

        boost::asio::io_context context(1);
        ChildProcesses children(context);
        const std::string script = "if kill -0 " + std::to_string(process)
            + "; then echo early; else echo late; fi > '" + word.toStdString() + "'";
        SessionControl control(context, children, Account { "test", number, number, {}, "/" },
            { { "sh", "-c", script } }, { .recheck = 10ms }, [] {});
        control.start();
        context.run_for(100ms);
        ::kill(process, SIGKILL);
        const auto said = [&] {
            context.restart();
            context.run_for(20ms);
            QFile file(word);
            return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
        };
        QTRY_COMPARE(said(), QByteArray("late"));
    }
};

QTEST_GUILESS_MAIN(SessionControlTest)
#include "tst_sessioncontrol.moc"
