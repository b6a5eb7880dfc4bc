// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFrame>
#include <vector>

class QLabel;
class QPushButton;
class QStackedLayout;

namespace wardesk::client {

class QualityBars;

/// The slim bar over the desktop. What ends programs asks once more, inside the bar: no dialog
/// covers the desktop and no second event loop runs.
class SessionBar : public QFrame
{
    Q_OBJECT
public:
    enum class FullScreen { offered, kept };

    explicit SessionBar(QWidget* parent = nullptr);
    void setPerson(const QString& person, const QString& desktop);
    void setFullScreenButton(FullScreen offer);
    void setIsFullScreen(bool isFullScreen);
    /// Leaves out the names, then the words beside the icons, when there is no room for them.
    void fitInto(int width);
    [[nodiscard]] QualityBars* quality() const { return m_quality; }
    [[nodiscard]] bool isAsking() const;
    void stopAsking();
    void focusFirst();

Q_SIGNALS:
    void disconnectWanted();
    void logoffWanted();
    void restartWanted();
    void fullScreenWanted();
    void ctrlAltDelWanted();
    void resized();

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    enum class Question { logoff, restart };
    enum class Content { all, buttons, icons };
    void setContent(Content content);
    void ask(Question question);
    QWidget* makeButtons();
    QWidget* makeQuestion();

    QStackedLayout* m_stack;
    QualityBars* m_quality = nullptr;
    QLabel* m_person = nullptr;
    std::vector<QPushButton*> m_buttons;
    int m_fittedWidth = -1; ///< -1: the content has changed since
    QPushButton* m_disconnect = nullptr;
    QPushButton* m_fullScreen = nullptr;
    QLabel* m_question = nullptr;
    QPushButton* m_yes = nullptr;
    QPushButton* m_no = nullptr;
    Question m_asked = Question::logoff;
};

}
