/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-policing-check.h"

#include <limits.h>
#include <string.h>

#include "engine/vm-grant.h"
#include "engine/vm-policing.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* A meter is in force if and only if a slot uses it. */
static void
check_meters(const struct vm_policing *policing,
             const struct vm_inventory *inventory, struct ds *differences)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &policing->meters.meters) {
        const struct vm_meter *meter = node->data;
        const struct vm_endpoint *owner
            = shash_find_data(&inventory->endpoints, meter->owner);
        size_t n_users = 0;

        for (size_t i = 0; owner && i < owner->n_slots; i++) {
            n_users += nullable_string_is_equal(owner->slots[i]->meter,
                                                meter->name);
        }
        if (!owner || (n_users > 0) != vm_meter_in_force(meter)) {
            ds_put_format(differences, "meter %s: %"PRIuSIZE" slots use it\n",
                          meter->name, n_users);
        }
        if (owner && meter->rate > owner->policy.max_rate) {
            ds_put_format(differences, "meter %s: %"PRIu64" exceeds the limit "
                          "%"PRIu64"\n", meter->name, meter->rate,
                          owner->policy.max_rate);
        }
        if (vm_meter_in_force(meter)
            && (!meter->requested || meter->requested_rate != meter->rate)) {
            ds_put_format(differences, "meter %s: requested %"PRIu64", wanted "
                          "%"PRIu64"\n", meter->name, meter->requested_rate,
                          meter->rate);
        }
    }
}

/* No meter is below the guarantees of its senders, and those of an endpoint do
 * not exceed its limit together. */
static void
check_senders(const struct vm_policing *policing, struct ds *differences)
{
    const struct vm_senders *senders = &policing->senders;
    const struct vm_endpoint *endpoint = NULL;
    uint64_t sum = 0;

    for (size_t i = 0; i < senders->n; i++) {
        const struct vm_sender *sender = senders->list[i];
        const struct vm_meter *meter = vm_sender_meter(sender,
                                                       &policing->meters);

        if (sender->slots[0]->meter
            && meter != vm_meters_find(&policing->meters,
                                       sender->slots[0]->meter)) {
            ds_put_format(differences, "%s: its meter is not %s\n",
                          sender->id, sender->slots[0]->meter);
        }
        sum = sender->endpoint == endpoint ? sum : 0;
        endpoint = sender->endpoint;
        if (!meter) {
            continue;
        }
        if (meter->rate < vm_sender_guarantee(sender)) {
            ds_put_format(differences, "meter %s: %"PRIu64" is below its "
                          "guarantee\n", meter->name, meter->rate);
        }
        sum += strcmp(meter->name, endpoint->id) ? meter->rate : 0;
        if (endpoint->policy.max_rate != VM_RATE_NONE
            && sum > endpoint->policy.max_rate) {
            ds_put_format(differences, "%s: meters of %"PRIu64" exceed its "
                          "limit\n", endpoint->id, sum);
        }
    }
}

static bool
is_roused(const struct vm_senders *senders, const struct vm_sender *sender)
{
    return sset_contains(&senders->roused, sender->endpoint->id);
}

/* Those that are awake are the ones that are not at rest, and who is at rest
 * may rest, with all slots. */
static void
check_rest(const struct vm_policing *policing, struct ds *differences)
{
    const struct vm_senders *senders = &policing->senders;
    size_t n_awake = 0;

    for (size_t i = 0; i < senders->n; i++) {
        const struct vm_sender *sender = senders->list[i];
        const struct vm_meter *meter = vm_sender_meter(sender,
                                                       &policing->meters);

        if (!sender->at_rest) {
            n_awake++;
        } else if (!is_roused(senders, sender)
                   && (!vm_sender_may_rest(sender, &policing->meters,
                                           LLONG_MAX)
                       || sender->endpoint->limited
                       || (meter && !meter->idle))) {
            ds_put_format(differences, "%s: it may not rest\n", sender->id);
        }
        for (size_t j = 0; j < sender->n_slots; j++) {
            if (sender->slots[j]->at_rest != sender->at_rest) {
                ds_put_format(differences, "%s: its slot %s is %s\n",
                              sender->id, sender->slots[j]->id,
                              sender->at_rest ? "awake" : "at rest");
            }
        }
    }
    if (n_awake != senders->n_awake) {
        ds_put_format(differences, "%"PRIuSIZE" senders are awake, not "
                      "%"PRIuSIZE"\n", n_awake, senders->n_awake);
    }
}

void
vm_policing_check(const struct vm_policing *policing,
                  const struct vm_inventory *inventory, struct ds *differences)
{
    vm_grant_check(&policing->senders, inventory, differences);
    check_senders(policing, differences);
    check_rest(policing, differences);
    check_meters(policing, inventory, differences);
}
