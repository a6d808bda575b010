/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-pace.h"

#include <limits.h>

#include "util.h"

void
vm_pace_init(struct vm_pace *pace)
{
    *pace = (struct vm_pace) { .counted = LLONG_MIN };
}

void
vm_pace_note_news(struct vm_pace *pace)
{
    pace->news = true;
}

void
vm_pace_counted(struct vm_pace *pace, long long int now)
{
    long long int quarter = pace->interval / 4;

    pace->paced = (pace->counted != LLONG_MIN
                   && now - pace->counted <= pace->interval + quarter);
    pace->counted = now;
    pace->ready |= (pace->needed && pace->paced
                    && now >= pace->next - quarter);
    if (!pace->news) {
        pace->quiet_at = now;
    }
}

void
vm_pace_sampled(struct vm_pace *pace, unsigned int interval,
                long long int now)
{
    pace->ready = pace->news = false;
    pace->interval = interval;
    pace->next = now + interval;
}

void
vm_pace_plan(struct vm_pace *pace, bool needed, unsigned int interval,
             long long int now)
{
    long long int latest = now + interval;

    pace->next = pace->needed ? MIN(pace->next, latest) : latest;
    pace->needed = needed && !pace->quiet;
    pace->ready = pace->ready && pace->needed;
    pace->interval = interval;
}

bool
vm_pace_may_rest(const struct vm_pace *pace, long long int now)
{
    return pace->needed && !pace->news && pace->counted == now;
}

void
vm_pace_rest(struct vm_pace *pace, long long int now)
{
    pace->quiet = true;
    pace->quiet_at = now;
    pace->needed = pace->ready = false;
}

void
vm_pace_wake(struct vm_pace *pace, long long int now)
{
    pace->quiet = false;
    pace->needed = true;
    pace->next = pace->quiet_at + pace->interval;
    pace->ready = pace->counted == now;
}

bool
vm_pace_is_quiet(const struct vm_pace *pace)
{
    return pace->quiet && !pace->news;
}

long long int
vm_pace_deadline(const struct vm_pace *pace)
{
    return (pace->ready || (pace->quiet && pace->news) ? LLONG_MIN
            : !pace->needed ? LLONG_MAX
            : pace->next + (pace->paced ? pace->interval / 2 : 0));
}
