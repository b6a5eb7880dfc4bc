// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/conductor.h"
#include "client-qt/app/controlsocket.h"
#include "client-qt/app/options.h"
#include "client-qt/app/rdpdesktop.h"
#include "client-qt/app/terminationsignals.h"
#include "client-qt/app/timings.h"
#include "client-qt/app/version.h"
#include "client-qt/core/words.h"
#include "client-qt/kiosk/kioskguard.h"
#include "client-qt/ui/mainwindow.h"
#include "client-qt/ui/theme.h"

#include <QApplication>
#include <QFile>
#include <QScreen>
#include <QSysInfo>
#include <cstdio>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

using namespace wardesk;
using namespace wardesk::client;

namespace {

constexpr int exitUsage = 2;
constexpr int exitFailure = 1;

void print(std::FILE* stream, const std::string& text)
{
    std::fputs(text.c_str(), stream);
}

/// The password, the token and the desktop's picture must not end in a core file (A9). Both,
/// because the limit does not hold where cores are piped to a program.
void forbidCoreDumps()
{
    const rlimit none { 0, 0 };
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

Result<Secret> firstLineOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return failure(Errc::notFound,
            "--password-file " + path.toStdString() + ": " + file.errorString().toStdString());
    QByteArray line = file.readLine(4096);
    std::string text(line.constData(), static_cast<std::size_t>(line.size()));
    sodium_memzero(line.data(), static_cast<std::size_t>(line.size()));
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    Secret secret(text);
    sodium_memzero(text.data(), text.size());
    return secret;
}

/// Before QApplication exists: what would make the start slow or load foreign code into the
/// process.
void prepareToolkit()
{
    // Desktop environments' themes (GTK and the like) cost a tenth of a second and ten megabytes;
    // we bring our own look.
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORMTHEME"))
        qputenv("QT_QPA_PLATFORMTHEME", "generic");
    QApplication::setDesktopSettingsAware(false);
    QApplication::setApplicationName(QStringLiteral("wardesk"));
    QApplication::setApplicationVersion(QString::fromLatin1(versionText));
    QGuiApplication::setDesktopFileName(QStringLiteral("wardesk"));
}

void placeWindow(MainWindow& window, const Options& options)
{
    if (options.kiosk)
        new KioskGuard(&window); // owned by the window
    const QSize screen = QGuiApplication::primaryScreen()->availableSize();
    const QSize usual = QSize(1280, 800).boundedTo(screen * 9 / 10);
    window.resize(options.kiosk || options.fullScreen ? QGuiApplication::primaryScreen()->size()
            : options.window.isEmpty()                ? usual
                                                      : options.window);
    if (options.fullScreen && !options.kiosk)
        window.setWindowState(Qt::WindowFullScreen);
}

/// What the sign-in page does not need, once it is on the screen.
void afterFirstPaint(
    const Options& options, MainWindow& window, Conductor& conductor, Timings& timings)
{
    timings.mark("windowShown");
    auto broker = BrokerClient::create({ .url = options.brokers.constFirst(),
        .caFile = options.ca,
        .others = options.brokers.mid(1) });
    if (broker)
        conductor.setBroker(std::move(*broker));
    else
        window.setStandingProblem(QString::fromStdString(explain(broker.error())));
    auto desktop = RdpDesktop::create();
    if (desktop)
        conductor.setDesktop(std::move(*desktop));
    else
        qWarning("wardesk: %s", desktop.error().detail.c_str());
    timings.mark("prepared");
    if (options.passwordFile.isEmpty())
        return;
    const auto password = firstLineOf(options.passwordFile);
    if (password)
        conductor.handle(SignInRequested { options.user.toStdString(), *password });
    else {
        print(stderr, "wardesk: " + password.error().detail + "\n");
        QCoreApplication::exit(exitFailure);
    }
}

int run(int argc, char** argv, const Options& options, double startMs)
{
    Timings timings(options.timings);
    timings.markStart(startMs);
    prepareToolkit();
    QApplication application(argc, argv);
    application.setQuitOnLastWindowClosed(false);
    theme::apply(application);

    MainWindow window(options.kiosk ? MainWindow::Controls::kiosk : MainWindow::Controls::window);
    const QString terminal = QSysInfo::machineHostName();
    window.setTerminal(terminal);
    FlowState initial;
    initial.mode = options.kiosk ? Mode::kiosk : Mode::personal;
    initial.idleSignOutMs = options.kioskIdleSeconds * 1000;
    initial.wantedPool = options.pool.toStdString();
    initial.user = options.user.toStdString();
    Conductor conductor(window, timings, initial);
    conductor.setTerminal(terminal);
    window.render(conductor.state());
    placeWindow(window, options);

    std::unique_ptr<ControlSocket> control;
    if (!options.control.isEmpty()) {
        auto made = ControlSocket::create(options.control, conductor, window);
        if (!made) {
            print(stderr, "wardesk: " + made.error().detail + "\n");
            return exitFailure;
        }
        control = std::move(*made);
    }
    TerminationSignals termination;
    QObject::connect(&termination, &TerminationSignals::received, &conductor, &Conductor::finish);
    QObject::connect(&window, &MainWindow::closed, &conductor, &Conductor::finish);
    // exit(), not quit(): quit() asks the windows first, and a kiosk's window says no.
    QObject::connect(
        &conductor, &Conductor::finished, &application, [] { QCoreApplication::exit(0); },
        Qt::QueuedConnection);
    QObject::connect(&window, &MainWindow::firstPainted, &conductor,
        [&] { afterFirstPaint(options, window, conductor, timings); });
    window.QWidget::show();
    window.activateWindow(); // where there is no window manager nobody else gives it the keyboard
    return QApplication::exec();
}

}

int main(int argc, char** argv)
{
    forbidCoreDumps();
    const double startMs = Timings::nowMs();
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments.append(QString::fromLocal8Bit(argv[i]));
    const auto read = readOptions(arguments);
    if (!read) {
        print(stderr, "wardesk: " + read.error().detail + "\nTry wardesk --help.\n");
        return exitUsage;
    }
    if (const auto* message = std::get_if<PrintAndLeave>(&*read)) {
        print(stdout, message->text.toStdString());
        return 0;
    }
    return run(argc, argv, std::get<Options>(*read), startMs);
}
