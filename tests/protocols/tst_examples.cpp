// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/encoding.h"
#include "protocols/wire/accessmessages.h"
#include "protocols/wire/adminmessages.h"
#include "protocols/wire/agentmessages.h"
#include "protocols/wire/clientmessages.h"
#include "protocols/wire/codec.h"
#include "protocols/wire/machinemessages.h"
#include "protocols/wire/peermessages.h"

#include <QDir>
#include <QFile>
#include <QtTest>
#include <functional>
#include <map>
#include <set>

using namespace wardesk;

namespace {

using RoundTrip = std::function<Result<boost::json::value>(std::string_view)>;

template <typename Message> Result<boost::json::value> roundTrip(std::string_view text)
{
    const auto message = wire::decode<Message>(text, wire::Unknown::refuse);
    if (!message)
        return tl::unexpected(message.error());
    return wire::parse(wire::encode(*message));
}

// Every message of protocols/wire. A new one needs a line here and an example.
const std::map<std::string, RoundTrip> messages {
#define MESSAGE(name) { #name, roundTrip<wire::name> }
#define ITEM(name)                                                                                 \
    { #name, roundTrip<wire::name> },                                                              \
    {                                                                                              \
#name "List", roundTrip < wire::ItemList < wire::name>>                                    \
    }
    MESSAGE(ErrorBody),
    MESSAGE(SignIn),
    MESSAGE(SignedIn),
    MESSAGE(DesktopTile),
    MESSAGE(DesktopList),
    MESSAGE(Connect),
    MESSAGE(DesktopAddress),
    MESSAGE(ConnectionPolicy),
    MESSAGE(Connection),
    MESSAGE(RedeemTicket),
    MESSAGE(OneTimeCredential),
    MESSAGE(Event),
    MESSAGE(NewImage),
    ITEM(ImageItem),
    MESSAGE(ImageCheck),
    MESSAGE(NewPool),
    MESSAGE(PoolChange),
    ITEM(PoolItem),
    MESSAGE(NewRollout),
    MESSAGE(RolloutReason),
    MESSAGE(RolloutDesktop),
    ITEM(RolloutItem),
    MESSAGE(CalendarWindowItem),
    MESSAGE(HolidayItem),
    MESSAGE(CalendarChange),
    MESSAGE(MaintenanceChange),
    MESSAGE(MaintenanceItem),
    MESSAGE(ResetProof),
    MESSAGE(EvidenceItem),
    MESSAGE(QuarantineRelease),
    MESSAGE(Assignment),
    MESSAGE(PoolExplanation),
    MESSAGE(SessionTimers),
    MESSAGE(CalendarItem),
    MESSAGE(EntitlementItem),
    MESSAGE(PoolAccessItem),
    MESSAGE(PoolAccessChange),
    MESSAGE(AccessCheck),
    MESSAGE(NewRoster),
    MESSAGE(RosterItem),
    MESSAGE(ForecastStep),
    MESSAGE(PoolForecast),
    ITEM(DesktopItem),
    MESSAGE(Quarantine),
    MESSAGE(NewUser),
    MESSAGE(NewPassword),
    MESSAGE(UserChange),
    ITEM(UserItem),
    MESSAGE(NewUserGroup),
    ITEM(UserGroupItem),
    MESSAGE(UserGroupChange),
    MESSAGE(NewTerminalGroup),
    ITEM(TerminalGroupItem),
    MESSAGE(TerminalGroupChange),
    MESSAGE(LimitsItem),
    ITEM(SessionItem),
    ITEM(AuditItem),
    MESSAGE(AuditVerification),
    MESSAGE(NewHost),
    MESSAGE(HostChange),
    MESSAGE(HostDrain),
    MESSAGE(HostLoss),
    ITEM(HostItem),
    ITEM(BrokerItem),
    MESSAGE(AdoptionStatus),
    MESSAGE(Health),
    MESSAGE(AgentBootstrap),
    MESSAGE(MachineBootstrap),
    MESSAGE(MachineReport),
    MESSAGE(MachineWake),
    MESSAGE(SeatReport),
    MESSAGE(AgentReport),
    MESSAGE(AgentCommand),
    MESSAGE(BrokerEndpoint),
    MESSAGE(PeerAgent),
    MESSAGE(PeerOrder),
    MESSAGE(PeerMessage),
#undef ITEM
#undef MESSAGE
};

std::string contentOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s cannot be read", qPrintable(path));
    return file.readAll().toStdString();
}

struct Malformed
{
    std::string message;
    std::optional<std::string> input;
    std::optional<std::string> inputHex; ///< for what is no text
    std::string error; ///< all of it, or its beginning when it ends with ": "
};
BOOST_DESCRIBE_STRUCT(Malformed, (), (message, input, inputHex, error))

}

class ExamplesTest : public QObject
{
    Q_OBJECT

    const QDir m_good { QStringLiteral(EXAMPLES_DIR) };
    const QDir m_bad { QStringLiteral(EXAMPLES_DIR "/malformed") };
    const QStringList m_filter { QStringLiteral("*.json") };

private Q_SLOTS:
    void everyMessageHasAnExample()
    {
        std::set<std::string> known;
        for (const auto& [name, roundTripOf] : messages)
            known.insert(name + ".json");
        std::set<std::string> there;
        for (const QString& name : m_good.entryList(m_filter))
            there.insert(name.toStdString());
        QCOMPARE(there, known);
    }
    void goodOnesComeBackAsTheyWere_data() { rowForEach(m_good); }
    void goodOnesComeBackAsTheyWere()
    {
        QFETCH(QString, path);
        const std::string text = contentOf(path);
        const auto result = messages.at(QFileInfo(path).baseName().toStdString())(text);
        QVERIFY2(result, result ? "" : result.error().detail.c_str());
        QCOMPARE(*result, wire::parse(text).value());
    }
    void badOnesAreRefusedInWords_data() { rowForEach(m_bad); }
    void badOnesAreRefusedInWords()
    {
        QFETCH(QString, path);
        const auto bad = wire::decode<Malformed>(contentOf(path), wire::Unknown::refuse);
        QVERIFY2(bad, bad ? "" : bad.error().detail.c_str());
        const std::string input
            = bad->inputHex ? fromHex(*bad->inputHex).value() : bad->input.value();
        const auto result = messages.at(bad->message)(input);
        QVERIFY(!result);
        // What follows "not valid JSON: " is the library's, and differs between its versions.
        QVERIFY2(bad->error.ends_with(": ") ? result.error().detail.starts_with(bad->error)
                                            : result.error().detail == bad->error,
            result.error().detail.c_str());
        QCOMPARE(result.error().code, Errc::invalidArgument);
    }

private:
    void rowForEach(const QDir& folder)
    {
        QTest::addColumn<QString>("path");
        for (const QString& name : folder.entryList(m_filter))
            QTest::newRow(qPrintable(name)) << folder.filePath(name);
    }
};

QTEST_GUILESS_MAIN(ExamplesTest)
#include "tst_examples.moc"
