// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for the broker, for looking at the client's pages by hand:
//   wardesk-fakebroker CA-FILE [DESKTOP-ADDRESS PORT SHA256 ACCOUNT CREDENTIAL]
// writes its authority to CA-FILE and prints its address. Any name signs in with the password
// "secret".
#include "../api/fakebroker.h"

#include <QCoreApplication>
#include <QFile>
#include <cstdio>

using wardesk::testing::FakeBroker;
using wardesk::testing::FakeReply;
using wardesk::testing::FakeRequest;

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    FakeBroker broker;
    QFile authority(arguments.value(1));
    if (!authority.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return 2;
    authority.write(broker.authority());
    authority.close();
    const QByteArray desktop = R"({"address":")"
        + arguments.value(2, QStringLiteral("127.0.0.1")).toLatin1() + R"(","port":)"
        + arguments.value(3, QStringLiteral("3389")).toLatin1() + R"(,"certificateSha256":")"
        + arguments.value(4, QString(64, QLatin1Char('0'))).toLatin1() + R"("})";
    int polls = 0;
    broker.answer = [&](const FakeRequest& request) -> FakeReply {
        if (request.path == "/api/v1/session" && request.method == "POST") {
            if (!request.body.contains(R"("password":"secret")"))
                return {
                    .status = 401,
                    .body
                    = R"({"code":"wrongCredentials","message":"The name or the password is not right."})"
                };
            polls = 0;
            return {
                .body
                = R"({"token":"t","expiresAt":1,"user":"nurse","displayName":"Nora Nightingale","admin":false})"
            };
        }
        if (request.path == "/api/v1/me/desktops")
            return {
                .body = R"({"desktops":[
{"pool":"p1","name":"Ward desktop","description":"Patient record, laboratory and letters","state":"available","message":"ready"},
{"pool":"p2","name":"Radiology","description":"Viewer with the picture archive","state":"running","message":"your session is running","lease":"l2"},
{"pool":"p3","name":"Pharmacy","description":"","state":"preparing","message":""},
{"pool":"p4","name":"Surgery planning and theatre booking","description":"For theatre staff","state":"full","message":"all 12 desktops are in use"},
{"pool":"p5","name":"Teaching","description":"Course patients only","state":"unavailable","message":"held by IT until 14:00"},
{"pool":"p6","name":"Intensive care","description":"Monitoring and charts","state":"connected","message":""}]})"
            };
        if (request.path == "/api/v1/me/connections") {
            if (++polls < 5)
                return {
                    .body
                    = R"({"state":"preparing","message":"starting your desktop","retryAfterMs":1000,"lease":"l1"})"
                };
            return { .body
                = R"({"state":"ready","message":"","lease":"l1","epoch":1,"ticket":"tick","desktop":)"
                    + desktop + R"(,"policy":{"clipboard":true},"resumed":true})" };
        }
        if (request.path == "/api/v1/tickets/redeem")
            return { .body = R"({"account":")" + arguments.value(5).toUtf8() + R"(","credential":")"
                    + arguments.value(6).toUtf8() + R"(","expiresInMs":60000,"desktop":)" + desktop
                    + "}" };
        return {};
    };
    std::printf("%s\n", qPrintable(broker.url().toString()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
