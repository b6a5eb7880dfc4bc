// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <QByteArray>
#include <QList>
#include <QNetworkReply>
#include <QObject>
#include <QSslError>
#include <QTimer>
#include <functional>
#include <string>

namespace wardesk::client {

/// What went wrong with one request.
struct Failure
{
    Error error;
    int retryAfterMs = 0; ///< from Retry-After; 0: not said
    bool isAway = false; ///< nobody answered: another broker may
};

template <typename T> using Answer = tl::expected<T, Failure>;

/// One request that is under way: a deadline for all of it, a limit on the answer's size, and the
/// body wiped at the end. Owned by its reply; the callback is called once, or never after
/// abandon().
class Exchange : public QObject
{
    Q_OBJECT
public:
    using Done = std::function<void(Answer<QByteArray>)>;
    static constexpr qint64 maxAnswerBytes = 1 << 20;

    Exchange(QNetworkReply* reply, QByteArray body, int deadlineMs, Done done);
    ~Exchange() override;
    void abandon();
    /// Goes on, but nobody wants the answer any more, only to know that there is one.
    void dismiss(std::function<void()> answered);

private:
    void onFinished();
    [[nodiscard]] Answer<QByteArray> result();
    [[nodiscard]] Failure httpFailure(int status, const QByteArray& body) const;
    [[nodiscard]] Error networkFailure() const;

    QNetworkReply* m_reply;
    QByteArray m_body;
    Done m_done;
    QTimer m_deadline;
    QList<QSslError> m_certificateErrors;
    bool m_isLate = false;
    bool m_isTooLarge = false;
};

/// Overwrites the characters, also where Qt shares them with somebody who is done with them.
void wipe(QByteArray& bytes);

}
