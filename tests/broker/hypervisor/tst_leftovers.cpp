// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/leftovers.h"

#include <QtTest>

using namespace wardesk::broker;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

const std::string disk = "wardesk-6695eb01-f6a4-4304-89aa-97f2502e193f.qcow2";
const std::string key = "0123456789abcdef0123";
const std::string attempt = "wardesk-" + key + "-89abcdef-";

}

class LeftoversTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aDiskIsWantedByItsMachineAlone()
    {
        QCOMPARE(unclaimed({ disk }, {}), Names { disk });
        QCOMPARE(unclaimed({ disk }, { .machines = { "6695eb01-f6a4-4304-89aa-97f2502e193f" } }),
            Names {});
    }
    void whatAnAttemptMadeIsWantedByNoteDiskOrTheMachineThatBoots()
    {
        const Names all { attempt + "disk", attempt + "kernel", attempt + "initrd",
            attempt + "state", attempt + "memory" };
        QCOMPARE(unclaimed(all, {}), all);
        QCOMPARE(unclaimed(all, { .attempts = { attempt } }), Names {});
        QCOMPARE(unclaimed(all, { .domains = { "wardesk-image-" + key } }), Names {});
        QCOMPARE(unclaimed(all, { .unreadable = { key } }), Names {});
        QCOMPARE(unclaimed(all, { .attempts = { "wardesk-" + key + "-00000000-" } }), all);
    }
    void othersVolumesAndNotesAreNotLookedAt()
    {
        QCOMPARE(unclaimed({ "wardesk-" + key + ".json", "debian.qcow2", "wardesk-.qcow2",
                               "my-" + disk, disk + ".old", attempt + "else", attempt },
                     {}),
            Names {});
    }
    void aSavedMachineGoesWhenOthersAreUsedInItsPlace()
    {
        const std::string older = "fedcba9876543210fedc";
        const std::vector<SavedMachineUse> uses { { key, attempt, 1'000'000s },
            { older, "wardesk-" + older + "-01234567-", 1'000'000s - 1h } };
        const Names old { "wardesk-" + older + ".json" };
        QCOMPARE(replaced(uses, {}, 1h), old);
        QCOMPARE(replaced(uses, {}, 1h + 1s), Names {}); // not for long enough
        // A desktop that lives for weeks stands on it.
        QCOMPARE(replaced(uses, { .attempts = { uses[1].attempt } }, 1h), Names {});
        // The only one is never old, however long nobody has needed it.
        QCOMPARE(replaced({ uses[1] }, {}, 1h), Names {});
        QCOMPARE(replaced({}, {}, 1h), Names {});
    }
    void onlyWhatStaysUnclaimedIsRemoved()
    {
        Leftovers leftovers(10min);
        const Leftovers::Time start {};
        QCOMPARE(leftovers.look({ disk, "b" }, start), Names {});
        QCOMPARE(leftovers.look({ disk }, start + 9min), Names {});
        QCOMPARE(leftovers.look({ disk, "b" }, start + 10min), Names { disk });
        QCOMPARE(leftovers.look({ "b" }, start + 19min), Names {}); // it was claimed in between
        QCOMPARE(leftovers.look({ "b" }, start + 20min), Names { "b" });
    }
    void itIsLookedAtNowAndThen()
    {
        Leftovers leftovers(10min);
        const Leftovers::Time start = Leftovers::Time {} + 1h;
        QVERIFY(leftovers.isDue(start));
        QVERIFY(!leftovers.isDue(start + 59s));
        QVERIFY(leftovers.isDue(start + 60s));
    }
};

QTEST_GUILESS_MAIN(LeftoversTest)
#include "tst_leftovers.moc"
