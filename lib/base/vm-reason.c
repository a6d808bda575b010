/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-reason.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Replaces the name of a member that is not known. */
#define SOME_MEMBER "a member"

static const struct {
    const char *token;
    const char *sentence;
} reasons[VM_N_REASONS] = {
#define VM_REASON(ENUM, TOKEN, SENTENCE) [VM_R_##ENUM] = { TOKEN, SENTENCE },
#include "base/vm-reason.def"
#undef VM_REASON
};

const char *
vm_reason_to_token(enum vm_reason reason)
{
    ovs_assert(reason < VM_N_REASONS);
    return reasons[reason].token;
}

bool
vm_reason_from_token(const char *token, enum vm_reason *reason)
{
    for (size_t i = 0; i < VM_N_REASONS; i++) {
        if (!strcmp(reasons[i].token, token)) {
            *reason = i;
            return true;
        }
    }
    return false;
}

bool
vm_reason_names_member(enum vm_reason reason)
{
    ovs_assert(reason < VM_N_REASONS);
    return strstr(reasons[reason].sentence, "%u") != NULL;
}

/* Appends 'rest' with 'member' in its holes. */
static void
fill_in(const char *rest, const char *member, struct ds *s)
{
    for (;;) {
        const char *hole = strstr(rest, "%u");
        if (!hole) {
            ds_put_cstr(s, rest);
            return;
        }
        ds_put_buffer(s, rest, hole - rest);
        ds_put_cstr(s, member ? member : SOME_MEMBER);
        rest = hole + 2;
    }
}

void
vm_reason_format(enum vm_reason reason, const char *member, struct ds *s)
{
    ovs_assert(reason < VM_N_REASONS);
    fill_in(reasons[reason].sentence, member, s);
}

void
vm_reason_format_down(enum vm_reason reason, const char *member,
                      enum vm_down down, struct ds *s)
{
    const char *begin = (reason == VM_R_FAILOVER ? "%u down"
                         : reason == VM_R_ONLY_UPLINK_LOST
                         ? "its only member %u is down"
                         : reason == VM_R_DOWN ? "down"
                         : NULL);

    if (down == VM_DOWN_NOT || !begin) {
        vm_reason_format(reason, member, s);
    } else {
        fill_in(begin, member, s);
        ds_put_format(s, ": %s", vm_down_to_words(down));
    }
}
