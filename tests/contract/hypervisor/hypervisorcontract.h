// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

#include <QObject>
#include <atomic>
#include <memory>

namespace wardesk::broker {

/// What every Hypervisor must do. A test program derives from this and says how its host is made.
class HypervisorContract : public QObject
{
    Q_OBJECT

protected:
    /// A hypervisor of this site on the host under test; several of them see the same host.
    [[nodiscard]] virtual std::unique_ptr<Hypervisor> make(const std::string& site) = 0;
    /// Ends a domain behind the hypervisor's back.
    virtual void destroyOutside(const DomainUuid& uuid) = 0;
    /// What the host can start: image and network.
    virtual void equip(DomainSpec& spec) const = 0;

    /// Whether its domains have disks at all.
    [[nodiscard]] virtual bool hasDisks() const { return true; }
    /// Whether its domains can be saved to its disk.
    [[nodiscard]] virtual bool canSuspend() const { return true; }

    /// A spec that no other one is equal to.
    [[nodiscard]] DomainSpec spec(const std::string& name = "ward-1") const;
    [[nodiscard]] Hypervisor& hypervisor() { return *m_hypervisor; }
    /// Counts what onChange() told.
    std::atomic<int> changes { 0 };

private Q_SLOTS:
    void init();
    void cleanup();
    void startsAndLists();
    void startTwiceIsOneDomain();
    void destroyTwiceIsGood();
    void destroyOfUnknownIsGood();
    void nothingIsLeftAfterDestroy();
    void restartAfterDestroyIsANewDomain();
    void metadataComesBack();
    void hostileCharactersStayText();
    void impossibleSpecsAreRefused();
    void aNameIsUnique();
    void outsideDestructionIsSeenAndTold();
    void ownDestructionIsNoNews();
    void aKeptDiskOutlivesItsDomain();
    void aKeptDiskIsMadeOnce();
    void aLostDiskIsNotMadeAnew();
    void aSuspendedDomainStaysListed();
    void suspendingAndResumingTwiceIsGood();
    void aLateStartLeavesASuspendedDomainAlone();
    void destroyTakesASuspendedDomain();
    void whatIsNotThereCannotBeResumed();
    void whatCannotBeSuspendedSaysSo();
    void probeNamesTheHost();

private:
    std::unique_ptr<Hypervisor> m_hypervisor;
};

/// And what every one must do whose host outlives it and may be shared.
class SharedHostContract : public HypervisorContract
{
    Q_OBJECT

private Q_SLOTS:
    void otherSitesAreLeftAlone();
    void anotherObjectSeesTheSameDomains();
};

}
