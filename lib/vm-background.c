/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-background.h"

#include <limits.h>
#include <stdlib.h>

#include "util.h"
#include "vm-member.h"

struct readings {
    bool begun;
    uint64_t bytes;             /* The device's counter at the last look. */
    long long int when;         /* Of it, ms. */
    uint64_t rates[VM_BACKGROUND_LOOKS]; /* bit/s. */
    size_t next;                /* Place of the oldest rate. */
};

void
vm_background_init(struct vm_background *background)
{
    shash_init(&background->uplinks);
}

void
vm_background_destroy(struct vm_background *background)
{
    shash_destroy_free_data(&background->uplinks);
}

void
vm_background_look(struct vm_background *background,
                   const struct vm_member *member, uint64_t bytes,
                   long long int now)
{
    struct readings *readings = shash_find_data(&background->uplinks,
                                                member->name);
    uint64_t counter = member->tx.bytes;

    if (member->tx.when == LLONG_MIN) {
        return;
    }
    if (!readings) {
        readings = xzalloc(sizeof *readings);
        shash_add_assert(&background->uplinks, member->name, readings);
    }
    if (readings->begun && now > readings->when) {
        uint64_t sent = (counter > readings->bytes
                         ? counter - readings->bytes : 0);
        uint64_t others = MIN(sent > bytes ? sent - bytes : 0,
                              UINT64_MAX / 8000);

        readings->rates[readings->next] = (others * 8000
                                           / (now - readings->when));
        readings->next = (readings->next + 1) % VM_BACKGROUND_LOOKS;
    }
    readings->begun = true;
    readings->bytes = counter;
    readings->when = now;
}

uint64_t
vm_background_get(const struct vm_background *background, const char *member)
{
    const struct readings *readings = shash_find_data(&background->uplinks,
                                                      member);
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; readings && i < VM_BACKGROUND_LOOKS; i++) {
        least = MIN(least, readings->rates[i]);
    }
    return readings ? least : 0;
}
