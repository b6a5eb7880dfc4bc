// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/api/exchange.h"
#include "protocols/base/secret.h"
#include "protocols/wire/clientmessages.h"

#include <QElapsedTimer>
#include <QNetworkAccessManager>
#include <QObject>
#include <QPointer>
#include <QSize>
#include <QSslConfiguration>
#include <QUrl>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace wardesk::client {

class EventChannel;

struct BrokerAddress
{
    QUrl url; ///< https://host:port
    QString caFile; ///< PEM: the only authority that is trusted
    QList<QUrl> others = {}; ///< brokers on the same database: any of them serves any request
};

/// How long a person waits at most before being told. Milliseconds.
struct Patience
{
    int request = 10'000;
    int signIn = 20'000; ///< a storm of sign-ins queues for the password hash (A1)
    int beforeNext = 4'000; ///< while there is another broker to ask
};

enum class LeaseVerb { disconnect, logoff, restart, giveBack };

/// The broker's API for clients. Lives in the UI thread; holds the session's token. Every callback
/// is called once in a later turn of the event loop, or never after signOut() or the client's end.
///
/// Of several brokers the one that answered last is asked; when it does not answer, the next one is
/// asked the same. All requests bear being made twice: a connect carries its key (R9), the others
/// ask for a state.
class BrokerClient : public QObject
{
    Q_OBJECT
public:
    template <typename T> using Done = std::function<void(Answer<T>)>;
    struct Nothing
    {
    };

    [[nodiscard]] static Result<std::unique_ptr<BrokerClient>> create(
        const BrokerAddress& address, Patience patience = {});
    ~BrokerClient() override;

    /// Opens the connection before it is needed, so that the sign-in itself needs no handshake.
    /// Does nothing when there was traffic a moment ago.
    void warmUp(std::function<void(const std::optional<Failure>&)> done);

    void signIn(
        const QString& user, Secret password, const QString& terminal, Done<wire::SignedIn> done);
    /// Ends the session at the broker and forgets the token at once; what is under way is
    /// abandoned.
    void signOut();
    void openEvents();

    void desktops(Done<wire::DesktopList> done);
    /// `resumeOnly`: the session that runs, or nothing.
    void connectDesktop(const QString& pool, QSize size, const QString& key, bool resumeOnly,
        Done<wire::Connection> done);
    void redeem(Secret ticket, Done<wire::OneTimeCredential> done);
    void lease(const QString& lease, LeaseVerb verb, Done<Nothing> done);

Q_SIGNALS:
    /// The broker knows about the sign-out, or cannot be told.
    void signOutAnswered();
    void eventArrived(const wardesk::wire::Event& event);

private:
    enum class Verb { get, post, remove };
    struct Call
    {
        Verb verb = Verb::get;
        QString path = {};
        QByteArray body = {};
        QByteArray key = {};
        int deadlineMs = 0;
        bool outlivesSignOut = false; ///< a log-off that was asked for must not be called back
        bool isPatient = false; ///< what was begun at one broker is worth waiting for
    };
    struct UnderWay
    {
        QPointer<Exchange> exchange;
        bool outlivesSignOut = false;
    };
    struct Attempt;

    BrokerClient(const BrokerAddress& address, const QSslConfiguration& trust, Patience patience);
    void send(Call call, Exchange::Done done);
    void sendWith(const Secret& token, Call call, Exchange::Done done);
    void attempt(const std::shared_ptr<Attempt>& attempt);
    void goOnTo(std::size_t broker);
    [[nodiscard]] QNetworkRequest request(const Call& call, const Secret& token) const;

    std::vector<QUrl> m_brokers;
    std::size_t m_current = 0;
    QSslConfiguration m_trust;
    Patience m_patience;
    QNetworkAccessManager m_network;
    std::unique_ptr<EventChannel> m_events;
    std::vector<UnderWay> m_underWay;
    Secret m_token;
    QElapsedTimer m_lastUse;
};

}
