// What is done of a row of blocks at a time, by one thread.
#include <string.h>

#include "FilterState.h"

static int column_place(const sluice_filter *filter, int column) {
    return least(column * filter->recipe.step, filter->task.width - SLUICE_BLOCK);
}

// Factor of the noise's square by the mean of a block.
static float factor_of(const sluice_filter *filter, float total) {
    // The first of three planes is larger than grey by the root of three.
    float grey = total / (SLUICE_BLOCK * SLUICE_BLOCK) / (filter->task.planes == 3 ? 1.7320508f : 1);
    float place = grey * SLUICE_NOISE_LEVELS / 256 - 0.5f;
    int level = place < 0 ? 0 : place >= SLUICE_NOISE_LEVELS - 1 ? SLUICE_NOISE_LEVELS - 2 : (int) place;
    float share = place < 0 ? 0 : place >= SLUICE_NOISE_LEVELS - 1 ? 1 : place - (float) level;
    float deviation =
        filter->task.brightness[level] * (1 - share) + filter->task.brightness[level + 1] * share;
    return deviation < 0.05f ? 0.0025f : deviation * deviation;
}

static float block_total(const sluice_view *lines, int x, int y) {
    float total = 0;
    for (int line = 0; line < SLUICE_BLOCK; line++)
        for (int column = 0; column < SLUICE_BLOCK; column++) total += sluice_view_line(lines, y + line)[x + column];
    return total;
}

typedef struct {
    // Row of blocks and its line; blocks from the first up to `end`.
    int row, y, begin, end;
    int plane;
} part_place;

static part_place place_of(const sluice_filter *filter, int part, int planes) {
    int step = filter->recipe.reach > 0 ? filter->recipe.step : 1;
    int blocks = SLUICE_PART / step, across = (filter->columns + blocks - 1) / blocks;
    int segment = part % across, plane = part / across % planes, row = filter->row + part / across / planes;
    return (part_place) {
        row, row_line(filter, row), segment * blocks, least((segment + 1) * blocks, filter->columns), plane};
}

int sluice_parts_of(const sluice_filter *filter, int planes) {
    int step = filter->recipe.reach > 0 ? filter->recipe.step : 1;
    int blocks = SLUICE_PART / step;
    return filter->row_count * planes * ((filter->columns + blocks - 1) / blocks);
}

static sluice_view view_around(const sluice_filter *filter, const sluice_window *window, int y) {
    int reach = filter->recipe.reach, top = most(y - reach, 0);
    return sluice_window_view(window, top, least(y + reach + SLUICE_BLOCK, filter->task.height) - top);
}

static size_t block_index(const sluice_filter *filter, int row, int column) {
    return (size_t) (row % filter->kept_rows) * filter->columns + column;
}

static void keep_matches(sluice_filter *filter, size_t block, const sluice_matches *matches) {
    filter->counts[block] = (uint8_t) matches->count;
    memcpy(
        filter->offsets + block * filter->recipe.candidates, matches->offsets,
        (size_t) matches->count * sizeof(sluice_offset));
}

static void recall_matches(const sluice_filter *filter, size_t block, sluice_matches *matches) {
    matches->count = filter->counts[block];
    memcpy(
        matches->offsets, filter->offsets + block * filter->recipe.candidates,
        (size_t) matches->count * sizeof(sluice_offset));
}

// Finds what the blocks of a part are like.
void sluice_match_part(void *context, int part, int member) {
    (void) member;
    sluice_filter *filter = context;
    part_place place = place_of(filter, part, 1);
    sluice_neighbourhood around = {filter->task.width, filter->task.height, filter->recipe.reach};
    sluice_view low = view_around(filter, &filter->low, place.y);
    sluice_view lines = view_around(filter, filter->is_second ? &filter->mixed : &filter->noisy[0], place.y);
    float limit = 0;
    for (int column = place.begin; column < place.end; column++) {
        int x = column_place(filter, column);
        size_t block = block_index(filter, place.row, column);
        sluice_matches matches;
        if (filter->is_second) {
            recall_matches(filter, block, &matches);
            sluice_rank(&lines, x, place.y, filter->recipe.second_group, &matches);
        } else {
            sluice_search(&low, around, x, place.y, filter->recipe.candidates, &limit, &matches);
            sluice_rank(&lines, x, place.y, filter->recipe.candidates, &matches);
            filter->factors[block] = filter->is_flat ? factor_of(filter, 0) : factor_of(filter, block_total(&lines, x, place.y));
        }
        keep_matches(filter, block, &matches);
    }
}

static void filter_blocks(sluice_filter *filter, part_place place, sluice_sums *sums) {
    sluice_view noisy = view_around(filter, &filter->noisy[place.plane], place.y), basic;
    if (filter->is_second) basic = view_around(filter, &filter->basic[place.plane], place.y);
    for (int column = place.begin; column < place.end; column++) {
        int x = column_place(filter, column);
        size_t block = block_index(filter, place.row, column);
        float factor = filter->factors[block];
        sluice_matches matches;
        recall_matches(filter, block, &matches);
        if (place.plane > 0) matches.count = least(matches.count, filter->recipe.colour_group);
        if (filter->is_second) {
            sluice_refine_group(
                &noisy, &basic, &matches, x, place.y, &filter->second_strength[place.plane], factor, sums);
        } else {
            matches.count = least(matches.count, filter->recipe.first_group);
            sluice_filter_group(&noisy, &matches, x, place.y, &filter->first_strength[place.plane], factor, sums);
        }
    }
}

static void find_factors(const sluice_filter *filter, part_place place, float *factors) {
    sluice_view lines = view_around(filter, &filter->noisy[0], place.y);
    for (int x = place.begin; x < place.end; x++)
        factors[x - place.begin] = filter->is_flat ? factor_of(filter, 0) : factor_of(filter, block_total(&lines, x, place.y));
}

static void slide_blocks(sluice_filter *filter, part_place place, sluice_scratch *own) {
    find_factors(filter, place, own->factors);
    sluice_view noisy = view_around(filter, &filter->noisy[place.plane], place.y), basic;
    if (filter->is_second) basic = view_around(filter, &filter->basic[place.plane], place.y);
    sluice_filter_row(
        &noisy, filter->is_second ? &basic : NULL, place.begin, place.end, place.y,
        filter->is_second ? &filter->second_strength[place.plane] : &filter->first_strength[place.plane], own->factors,
        own->room, &own->sums);
}

static void add_sums(const sluice_window_sums *all, const sluice_sums *sums, int width, int height) {
    int left = most(sums->left, 0), right = least(sums->left + sums->width - SLUICE_SUMS_MARGIN, width);
    for (int line = most(sums->top, 0); line < least(sums->top + sums->lines, height); line++) {
        size_t place = (size_t) (line - sums->top) * sums->width - sums->left;
        float *totals = sluice_window_line(&all->totals, line), *weights = sluice_window_line(&all->weights, line);
        for (int x = left; x < right; x++) {
            totals[x] += sums->totals[place + x];
            weights[x] += sums->weights[place + x];
        }
    }
}

// Filters the blocks of a part. Sums are added to those of other parts in order, so that rounding is the same for any
// number of threads.
void sluice_filter_part(void *context, int part, int member) {
    sluice_filter *filter = context;
    sluice_scratch *own = &filter->scratch[member];
    part_place place = place_of(filter, part, filter->task.planes);
    if (is_filtered(filter, place.plane)) {
        int reach = filter->recipe.reach;
        own->sums.left = (reach > 0 ? column_place(filter, place.begin) : place.begin) - reach;
        own->sums.top = place.y - reach;
        memset(own->numbers, 0, 2 * (size_t) own->sums.width * own->sums.lines * sizeof(float));
        if (reach > 0) filter_blocks(filter, place, &own->sums);
        else slide_blocks(filter, place, own);
    }
    sluice_team_enter(filter->team, part);
    if (is_filtered(filter, place.plane))
        add_sums(
            filter->is_second ? &filter->second[place.plane] : &filter->first[place.plane], &own->sums,
            filter->task.width, filter->task.height);
    sluice_team_leave(filter->team);
}
