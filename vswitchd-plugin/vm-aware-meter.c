/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-meter.h"

#include <string.h>

#include "coverage.h"
#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "engine/vm-uncounted.h"
#include "ofproto/ofproto-dpif.h"
#include "ofproto/ofproto-provider.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-meter.h"
#include "userspace-tso.h"
#include "util.h"
#include "vm-release.h"

COVERAGE_DEFINE(vm_aware_meter_create);
COVERAGE_DEFINE(vm_aware_meter_change);
COVERAGE_DEFINE(vm_aware_meter_delete);
COVERAGE_DEFINE(vm_aware_meter_fail);

/* Least burst, in ms of the rate. */
#define MIN_BURST_MS 5

/* Bits of the largest packet that is cut up only behind the datapath, with
 * its headers. */
#define LARGE_PACKET_BITS ((64 * 1024 + 128) * 8)

/* One meter that the engine wants. */
struct vm_aware_meter {
    ofproto_meter_id id;
    struct vm_meter_counters base; /* What it had counted when the datapath
                                    * began to count anew. */
    struct vm_uncounted uncounted;
};

/* One meter that the engine does not want any more. */
struct vm_aware_resting {
    ofproto_meter_id id;
    int rounds;                 /* Still to come. */
};

void
vm_aware_meters_init(struct vm_aware_meters *meters,
                     struct ofproto_dpif *ofproto)
{
    *meters = (struct vm_aware_meters) { .ofproto = ofproto };
    shash_init(&meters->by_name);
}

static void
delete_meter(struct vm_aware_meters *meters, ofproto_meter_id id)
{
    struct ofproto *ofproto = &meters->ofproto->up;

    ofproto->ofproto_class->meter_del(ofproto, id);
    COVERAGE_INC(vm_aware_meter_delete);
}

/* Deletes all meters, also those that rest. */
void
vm_aware_meters_destroy(struct vm_aware_meters *meters)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &meters->by_name) {
        struct vm_aware_meter *meter = node->data;

        delete_meter(meters, meter->id);
    }
    shash_destroy_free_data(&meters->by_name);
    for (size_t i = 0; i < meters->n_resting; i++) {
        delete_meter(meters, meters->resting[i].id);
    }
    free(meters->resting);
}

/* Setting. */

static uint32_t
to_kilo(uint64_t value)
{
    uint64_t kilo = value / 1000 + (value % 1000 != 0);

    return MAX(1, MIN(kilo, UINT32_MAX));
}

static bool
has_large_packets(const struct ofproto_dpif *ofproto)
{
    return !strcmp(ofproto->up.type, "system") || userspace_tso_enabled();
}

static struct ofputil_meter_band
make_band(const struct vm_aware_meters *meters, uint64_t rate, uint64_t burst)
{
    if (rate) {
        burst = MAX(burst, rate / 1000 * MIN_BURST_MS);
        if (has_large_packets(meters->ofproto)) {
            burst = MAX(burst, LARGE_PACKET_BITS);
        }
    } else {
        burst = 0;
    }
    return (struct ofputil_meter_band) {
        .type = OFPMBT13_DROP,
        .rate = to_kilo(rate),
        .burst_size = to_kilo(burst),
    };
}

static const char *
describe_error(enum ofperr error)
{
    if (error == OFPERR_OFPMMFC_OUT_OF_METERS) {
        return "the datapath has no meter left";
    } else {
        return "the datapath refuses the meter";
    }
}

/* Makes 'id' a meter as 'band' says.  Returns null, or why not; 'id' is not
 * used up then if it was UINT32_MAX. */
static const char *
set_meter(struct vm_aware_meters *meters, ofproto_meter_id *id,
          struct ofputil_meter_band band)
{
    struct ofproto *ofproto = &meters->ofproto->up;
    bool is_new = id->uint32 == UINT32_MAX;
    struct ofputil_meter_config config = {
        .flags = OFPMF13_KBPS | OFPMF13_BURST | OFPMF13_STATS,
        .n_bands = 1,
        .bands = &band,
    };
    enum ofperr error = ofproto->ofproto_class->meter_set(ofproto, id,
                                                          &config);

    if (!error) {
        return NULL;
    }
    if (is_new && id->uint32 != UINT32_MAX) {
        ofproto->ofproto_class->meter_del(ofproto, *id);
    }
    COVERAGE_INC(vm_aware_meter_fail);
    return describe_error(error);
}

/* Reading. */

/* Stores in '*counters' what the datapath says.  Returns false if it does not
 * say anything. */
static bool
read_datapath(const struct vm_aware_meters *meters, ofproto_meter_id id,
              struct vm_meter_counters *counters)
{
    const struct ofproto *ofproto = &meters->ofproto->up;
    struct ofputil_meter_band_stats band = { .packet_count = 0 };
    struct ofputil_meter_stats stats = { .bands = &band };

    if (ofproto->ofproto_class->meter_get(ofproto, id, &stats, 1)) {
        return false;
    }
    *counters = (struct vm_meter_counters) {
        .packets = stats.packet_in_count,
        .bytes = stats.byte_in_count,
        .dropped_packets = band.packet_count,
        .dropped_bytes = band.byte_count,
    };
    return true;
}

static void
add_counters(struct vm_meter_counters *sum,
             const struct vm_meter_counters *counters)
{
    sum->packets += counters->packets;
    sum->bytes += counters->bytes;
    sum->dropped_packets += counters->dropped_packets;
    sum->dropped_bytes += counters->dropped_bytes;
}

/* Changes 'meter'.  Returns null, or why not. */
static const char *
change_meter(struct vm_aware_meters *meters, struct vm_aware_meter *meter,
             struct ofputil_meter_band band)
{
    struct vm_meter_counters before, after;
    bool known = read_datapath(meters, meter->id, &before);
    const char *error = set_meter(meters, &meter->id, band);

    if (!error && known && read_datapath(meters, meter->id, &after)
        && after.packets < before.packets) {
        add_counters(&meter->base, &before);
    }
    return error;
}

/* Has 'id', which is in no further translation, deleted when no flow uses it
 * any more. */
void
vm_aware_meters_rest(struct vm_aware_meters *meters, ofproto_meter_id id)
{
    if (meters->n_resting >= meters->allocated_resting) {
        meters->resting = x2nrealloc(meters->resting,
                                     &meters->allocated_resting,
                                     sizeof *meters->resting);
    }
    meters->resting[meters->n_resting++] = (struct vm_aware_resting) {
        .id = id,
        .rounds = VM_AWARE_METER_REST,
    };
}

/* Makes the meter named 'name', or changes it: 'rate' is in bit/s, 'burst' in
 * bits.  Returns null if done, else a clause that says why not, upon which
 * there is no meter of that name any more. */
const char *
vm_aware_meters_set(struct vm_aware_meters *meters, const char *name,
                    uint64_t rate, uint64_t burst)
{
    struct vm_aware_meter *meter = shash_find_data(&meters->by_name, name);
    struct ofputil_meter_band band = make_band(meters, rate, burst);
    ofproto_meter_id id = { .uint32 = UINT32_MAX };
    const char *error;

    if (meter) {
        error = change_meter(meters, meter, band);
        if (error) {
            vm_aware_meters_free(meters, name);
        } else {
            COVERAGE_INC(vm_aware_meter_change);
        }
        return error;
    }

    if (!meters->ofproto->backer->rt_support.clone) {
        return "the datapath cannot meter one copy of a frame alone";
    }
    if (!meters->ofproto->backer->meter_ids) {
        return "the datapath has no meters";
    }
    error = set_meter(meters, &id, band);
    if (!error) {
        meter = xzalloc(sizeof *meter);
        meter->id = id;
        shash_add(&meters->by_name, name, meter);
        COVERAGE_INC(vm_aware_meter_create);
    }
    return error;
}

/* Frees the meter named 'name', if there is one. */
void
vm_aware_meters_free(struct vm_aware_meters *meters, const char *name)
{
    struct vm_aware_meter *meter
        = shash_find_and_delete(&meters->by_name, name);

    if (meter) {
        vm_aware_meters_rest(meters, meter->id);
        free(meter);
    }
}

/* Has all meters rest with 'to', which is of the same datapath. */
void
vm_aware_meters_hand_over(struct vm_aware_meters *meters,
                          struct vm_aware_meters *to)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &meters->by_name) {
        struct vm_aware_meter *meter = node->data;

        vm_aware_meters_rest(to, meter->id);
    }
    shash_clear_free_data(&meters->by_name);
    for (size_t i = 0; i < meters->n_resting; i++) {
        vm_aware_meters_rest(to, meters->resting[i].id);
    }
    meters->n_resting = 0;
}

/* To be called whenever the revalidators have gone through all flows. */
void
vm_aware_meters_revalidated(struct vm_aware_meters *meters)
{
    size_t n = 0;

    for (size_t i = 0; i < meters->n_resting; i++) {
        struct vm_aware_resting *resting = &meters->resting[i];

        if (--resting->rounds) {
            meters->resting[n++] = *resting;
        } else {
            delete_meter(meters, resting->id);
        }
    }
    meters->n_resting = n;
}

/* Returns the datapath's number of the meter named 'name', or UINT32_MAX if
 * there is no such meter or 'name' is null. */
uint32_t
vm_aware_meters_find(const struct vm_aware_meters *meters, const char *name)
{
    const struct vm_aware_meter *meter
        = name ? shash_find_data(&meters->by_name, name) : NULL;

    return meter ? meter->id.uint32 : UINT32_MAX;
}

/* Tells 'engine' what the meter 'meter' named 'name' has counted. */
static void
tell_meter(struct vm_aware_meters *meters, const char *name,
           struct vm_aware_meter *meter, struct vm_engine *engine,
           long long int now)
{
    struct vm_meter_counters counters;

    if (read_datapath(meters, meter->id, &counters)) {
        vm_uncounted_complete(&meter->uncounted, vm_offload_enabled(),
                              &counters);
        add_counters(&counters, &meter->base);
        vm_engine_set_meter_counters(engine, name, &counters, now);
    }
}

/* Tells 'engine' what those meters have counted that it wants to be read, for
 * a 'complete' reading or for a sample that is due. */
void
vm_aware_meters_tell(struct vm_aware_meters *meters, struct vm_engine *engine,
                     bool complete, long long int now)
{
    const struct vm_policing *policing = vm_engine_policing(engine);
    struct shash_node *node;

    if (vm_pace_is_quiet(&policing->pace)) {
        return;
    }
    SHASH_FOR_EACH (node, &meters->by_name) {
        if (vm_policing_wants_meter(policing, node->name, complete, now)) {
            tell_meter(meters, node->name, node->data, engine, now);
        }
    }
}
