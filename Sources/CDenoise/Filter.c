#include "Filter.h"

#include <stdlib.h>
#include <string.h>

#include "Sliding.h"

// Blocks of a row that are a part of the work: their sums fit a processor's cache.
#define PART 512
#define SUMS_MARGIN 16

// How thoroughly. Measured on pictures of several sets: see Benchmarks/denoise.
typedef struct {
    // Without a reach, blocks are filtered by themselves, at every place of a row.
    int reach, step;
    // Of a search; of what both passes filter together.
    int candidates, first_group, second_group;
    // Factors of the noise: the first pass' thresholds and the second's weights, for brightness and colours.
    float threshold, colour_threshold, weight, colour_weight;
} recipe;

typedef struct {
    sluice_window totals, weights;
} window_sums;

// What a thread has of its own.
typedef struct {
    sluice_sums sums;
    float *numbers, *room, *factors;
} scratch;

struct sluice_filter {
    sluice_filter_task task;
    recipe how;
    sluice_team *team;
    sluice_filter_taker take;
    void *context;
    scratch *scratch;
    sluice_strength first_strength[SLUICE_PLANES], second_strength[SLUICE_PLANES];
    bool is_flat;

    sluice_window noisy[SLUICE_PLANES], basic[SLUICE_PLANES], low, mixed;
    window_sums first[SLUICE_PLANES], second[SLUICE_PLANES];
    float *result[SLUICE_PLANES];

    // By row of blocks, of which `kept_rows` are kept, and block: what they are like, and factors of the noise.
    int rows, columns, kept_rows, batch;
    sluice_offset *offsets;
    uint8_t *counts;
    float *factors;

    // Lines that came; lines that the first pass has finished; lines that were handed on, and the first that may be.
    int lines, basic_lines, done, first_wanted;
    // Next rows of blocks.
    int first_row, second_row;
    // The rows that are worked on.
    int row, row_count;
    bool is_second;
};

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

static recipe recipe_for(sluice_denoise_quality quality, int width) {
    // The lines of a search are kept in full width: on very wide pictures it is less high.
    int reach = width <= 16384 ? 16 : width <= 32768 ? 8 : 4;
    switch (quality) {
    case SLUICE_DENOISE_FAST: return (recipe) {.step = 2, .threshold = 2.5f, .colour_threshold = 2.7f, .weight = 1, .colour_weight = 1};
    case SLUICE_DENOISE_BEST:
        if (width <= 16384) return (recipe) {24, 3, 32, 16, 16, 2.8f, 3, 0.8f, 1};
        return (recipe) {reach, 3, 32, 16, 16, 2.8f, 3, 0.8f, 1};
    default: return (recipe) {reach, 4, 24, 16, 16, 2.8f, 3, 0.8f, 1};
    }
}

static int row_line(const sluice_filter *filter, int row) {
    return least(row * filter->how.step, filter->task.height - SLUICE_BLOCK);
}

static int column_place(const sluice_filter *filter, int column) {
    return least(column * filter->how.step, filter->task.width - SLUICE_BLOCK);
}

static int steps(int length, int step) { return (length - SLUICE_BLOCK + step - 1) / step + 1; }

static bool is_filtered(const sluice_filter *filter, int plane) { return filter->task.spectrum[plane][0] > 0; }

// MARK: Set up

static int batch_of(const recipe *how, int width) {
    int batch = how->reach > 0 ? 4096 / width : 16384 / width;
    return least(most(batch, how->reach > 0 ? 1 : 4), 8);
}

typedef struct {
    int noisy, basic, low, sums, rows;
} window_lines;

// From the first line that the second pass still needs to the last that the first needs already.
static window_lines lines_of(const recipe *how, int batch) {
    int more = batch * how->step, reach = how->reach;
    return (window_lines) {
        .noisy = 4 * reach + 2 * SLUICE_BLOCK + 2 * more + 8,
        .basic = 2 * reach + SLUICE_BLOCK + 2 * more + 8,
        .low = reach > 0 ? 2 * reach + SLUICE_BLOCK + more + 4 : 1,
        .sums = 2 * reach + SLUICE_BLOCK + more + 4,
        .rows = (2 * reach + SLUICE_BLOCK) / how->step + 2 * batch + 4,
    };
}

int sluice_filter_numbers(int planes, int width, sluice_denoise_quality quality) {
    recipe how = recipe_for(quality, width);
    window_lines lines = lines_of(&how, batch_of(&how, width));
    int matches = how.reach > 0 ? lines.rows * (2 * how.candidates + 5) / (4 * how.step) : lines.rows;
    return planes * (lines.noisy + lines.basic + 4 * lines.sums + 1) + lines.low + lines.basic + matches;
}

static void set_strength(sluice_strength *strength, const float *spectrum, float factor, float detail) {
    for (int row = 0; row < 8; row++)
        for (int column = 0; column < 8; column++) {
            float deviation = spectrum[8 * row + column] * factor;
            strength->noise[8 * column + row] = deviation * deviation;
        }
    strength->detail = detail;
}

static bool init_planes(sluice_filter *filter) {
    int width = filter->task.width;
    window_lines lines = lines_of(&filter->how, filter->batch);
    bool is_there = sluice_window_init(&filter->low, width, lines.low)
        && sluice_window_init(&filter->mixed, width, filter->how.reach > 0 ? lines.basic : 1);
    for (int plane = 0; plane < filter->task.planes && is_there; plane++) {
        filter->result[plane] = malloc((size_t) width * sizeof(float));
        is_there = filter->result[plane] && sluice_window_init(&filter->noisy[plane], width, lines.noisy);
        if (!is_there || !is_filtered(filter, plane)) continue;
        is_there = sluice_window_init(&filter->basic[plane], width, lines.basic)
            && sluice_window_init(&filter->first[plane].totals, width, lines.sums)
            && sluice_window_init(&filter->first[plane].weights, width, lines.sums)
            && sluice_window_init(&filter->second[plane].totals, width, lines.sums)
            && sluice_window_init(&filter->second[plane].weights, width, lines.sums);
    }
    return is_there;
}

static bool init_scratch(sluice_filter *filter) {
    int threads = sluice_team_size(filter->team), reach = filter->how.reach;
    filter->scratch = calloc((size_t) threads, sizeof(scratch));
    for (int thread = 0; thread < threads && filter->scratch; thread++) {
        scratch *own = &filter->scratch[thread];
        own->sums.width = PART + 2 * reach + SLUICE_BLOCK + SUMS_MARGIN;
        own->sums.lines = 2 * reach + SLUICE_BLOCK;
        size_t count = (size_t) own->sums.width * own->sums.lines;
        own->numbers = malloc(2 * count * sizeof(float));
        own->room = malloc(sluice_sliding_room(PART) * sizeof(float));
        own->factors = malloc((PART + 2 * SLUICE_BLOCK) * sizeof(float));
        if (!own->numbers || !own->room || !own->factors) return false;
        own->sums.totals = own->numbers;
        own->sums.weights = own->numbers + count;
    }
    return filter->scratch != NULL;
}

static bool init_rows(sluice_filter *filter) {
    int step = filter->how.step;
    filter->rows = steps(filter->task.height, step);
    filter->columns = filter->how.reach > 0 ? steps(filter->task.width, step) : filter->task.width - SLUICE_BLOCK + 1;
    filter->kept_rows = least(lines_of(&filter->how, filter->batch).rows, filter->rows);
    size_t blocks = (size_t) filter->kept_rows * filter->columns;
    if (filter->how.reach == 0) return true;
    filter->offsets = malloc(blocks * filter->how.candidates * sizeof(sluice_offset));
    filter->counts = malloc(blocks);
    filter->factors = malloc(blocks * sizeof(float));
    return filter->offsets && filter->counts && filter->factors;
}

sluice_filter *sluice_filter_new(const sluice_filter_task *task, sluice_team *team, sluice_filter_taker take, void *context) {
    sluice_filter *filter = calloc(1, sizeof *filter);
    if (!filter) return NULL;
    filter->task = *task;
    filter->how = recipe_for(task->quality, task->width);
    filter->team = team;
    filter->take = take;
    filter->context = context;
    filter->batch = batch_of(&filter->how, task->width);
    filter->is_flat = true;
    for (int level = 1; level < SLUICE_NOISE_LEVELS; level++)
        if (task->brightness[level] != task->brightness[0]) filter->is_flat = false;
    for (int plane = 0; plane < task->planes; plane++) {
        bool is_first = plane == 0;
        set_strength(
            &filter->first_strength[plane], task->spectrum[plane],
            is_first ? filter->how.threshold : filter->how.colour_threshold, 0);
        set_strength(
            &filter->second_strength[plane], task->spectrum[plane],
            is_first ? filter->how.weight : filter->how.colour_weight, task->detail);
    }
    if (init_planes(filter) && init_scratch(filter) && init_rows(filter)) return filter;
    sluice_filter_free(filter);
    return NULL;
}

void sluice_filter_free(sluice_filter *filter) {
    if (!filter) return;
    for (int plane = 0; plane < SLUICE_PLANES; plane++) {
        sluice_window_free(&filter->noisy[plane]);
        sluice_window_free(&filter->basic[plane]);
        sluice_window_free(&filter->first[plane].totals);
        sluice_window_free(&filter->first[plane].weights);
        sluice_window_free(&filter->second[plane].totals);
        sluice_window_free(&filter->second[plane].weights);
        free(filter->result[plane]);
    }
    sluice_window_free(&filter->low);
    sluice_window_free(&filter->mixed);
    for (int thread = 0; filter->scratch && thread < sluice_team_size(filter->team); thread++) {
        free(filter->scratch[thread].numbers);
        free(filter->scratch[thread].room);
        free(filter->scratch[thread].factors);
    }
    free(filter->scratch);
    free(filter->offsets);
    free(filter->counts);
    free(filter->factors);
    free(filter);
}

int sluice_filter_delay(const sluice_filter *filter) { return lines_of(&filter->how, filter->batch).noisy; }

// MARK: A part of a row

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
    int step = filter->how.reach > 0 ? filter->how.step : 1;
    int blocks = PART / step, across = (filter->columns + blocks - 1) / blocks;
    int segment = part % across, plane = part / across % planes, row = filter->row + part / across / planes;
    return (part_place) {
        row, row_line(filter, row), segment * blocks, least((segment + 1) * blocks, filter->columns), plane};
}

static int parts_of(const sluice_filter *filter, int planes) {
    int step = filter->how.reach > 0 ? filter->how.step : 1;
    int blocks = PART / step;
    return filter->row_count * planes * ((filter->columns + blocks - 1) / blocks);
}

static sluice_view view_around(const sluice_filter *filter, const sluice_window *window, int y) {
    int reach = filter->how.reach, top = most(y - reach, 0);
    return sluice_window_view(window, top, least(y + reach + SLUICE_BLOCK, filter->task.height) - top);
}

static size_t block_index(const sluice_filter *filter, int row, int column) {
    return (size_t) (row % filter->kept_rows) * filter->columns + column;
}

static void keep_matches(sluice_filter *filter, size_t block, const sluice_matches *matches) {
    filter->counts[block] = (uint8_t) matches->count;
    memcpy(
        filter->offsets + block * filter->how.candidates, matches->offsets,
        (size_t) matches->count * sizeof(sluice_offset));
}

static void recall_matches(const sluice_filter *filter, size_t block, sluice_matches *matches) {
    matches->count = filter->counts[block];
    memcpy(
        matches->offsets, filter->offsets + block * filter->how.candidates,
        (size_t) matches->count * sizeof(sluice_offset));
}

// Finds what the blocks of a part are like.
static void match_part(void *context, int part, int member) {
    (void) member;
    sluice_filter *filter = context;
    part_place place = place_of(filter, part, 1);
    sluice_neighbourhood around = {filter->task.width, filter->task.height, filter->how.reach};
    sluice_view low = view_around(filter, &filter->low, place.y);
    sluice_view lines = view_around(filter, filter->is_second ? &filter->mixed : &filter->noisy[0], place.y);
    float limit = 0;
    for (int column = place.begin; column < place.end; column++) {
        int x = column_place(filter, column);
        size_t block = block_index(filter, place.row, column);
        sluice_matches matches;
        if (filter->is_second) {
            recall_matches(filter, block, &matches);
            sluice_rank(&lines, x, place.y, filter->how.second_group, &matches);
        } else {
            sluice_search(&low, around, x, place.y, filter->how.candidates, &limit, &matches);
            sluice_rank(&lines, x, place.y, filter->how.candidates, &matches);
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
        if (filter->is_second) {
            sluice_refine_group(
                &noisy, &basic, &matches, x, place.y, &filter->second_strength[place.plane], factor, sums);
        } else {
            matches.count = least(matches.count, filter->how.first_group);
            sluice_filter_group(&noisy, &matches, x, place.y, &filter->first_strength[place.plane], factor, sums);
        }
    }
}

static void find_factors(const sluice_filter *filter, part_place place, float *factors) {
    sluice_view lines = view_around(filter, &filter->noisy[0], place.y);
    for (int x = place.begin; x < place.end; x++)
        factors[x - place.begin] = filter->is_flat ? factor_of(filter, 0) : factor_of(filter, block_total(&lines, x, place.y));
}

static void slide_blocks(sluice_filter *filter, part_place place, scratch *own) {
    find_factors(filter, place, own->factors);
    sluice_view noisy = view_around(filter, &filter->noisy[place.plane], place.y), basic;
    if (filter->is_second) basic = view_around(filter, &filter->basic[place.plane], place.y);
    sluice_filter_row(
        &noisy, filter->is_second ? &basic : NULL, place.begin, place.end, place.y,
        filter->is_second ? &filter->second_strength[place.plane] : &filter->first_strength[place.plane], own->factors,
        own->room, &own->sums);
}

static void add_sums(const window_sums *all, const sluice_sums *sums, int width, int height) {
    int left = most(sums->left, 0), right = least(sums->left + sums->width - SUMS_MARGIN, width);
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
static void filter_part(void *context, int part, int member) {
    sluice_filter *filter = context;
    scratch *own = &filter->scratch[member];
    part_place place = place_of(filter, part, filter->task.planes);
    if (is_filtered(filter, place.plane)) {
        int reach = filter->how.reach;
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

// MARK: Rows

static void work(sluice_filter *filter, bool is_second, int row, int count) {
    filter->is_second = is_second;
    filter->row = row;
    filter->row_count = count;
    if (filter->how.reach > 0) sluice_team_run(filter->team, parts_of(filter, 1), match_part, filter);
    sluice_team_run(filter->team, parts_of(filter, filter->task.planes), filter_part, filter);
}

// Lines before this one have all that rows of blocks before `row` add to them.
static int finished_lines(const sluice_filter *filter, int row) {
    return row == filter->rows ? filter->task.height : most(row_line(filter, row) - filter->how.reach, 0);
}

static void finish(const window_sums *sums, int line, int width, float *out) {
    const float *totals = sluice_window_line(&sums->totals, line), *weights = sluice_window_line(&sums->weights, line);
    for (int x = 0; x < width; x++) out[x] = totals[x] / weights[x];
    sluice_window_clear(&sums->totals, line);
    sluice_window_clear(&sums->weights, line);
}

#define MIX 0.3f

static void finish_basic(sluice_filter *filter, int end) {
    int width = filter->task.width;
    for (; filter->basic_lines < end; filter->basic_lines++) {
        int line = filter->basic_lines;
        for (int plane = 0; plane < filter->task.planes; plane++)
            if (is_filtered(filter, plane))
                finish(&filter->first[plane], line, width, sluice_window_line(&filter->basic[plane], line));
        if (filter->how.reach == 0) continue;
        // What noise is left in the first pass' result makes neighbours alike that are not: some of the noise that was
        // there keeps them apart.
        const float *noisy = sluice_window_line(&filter->noisy[0], line);
        const float *basic = is_filtered(filter, 0) ? sluice_window_line(&filter->basic[0], line) : noisy;
        float *mixed = sluice_window_line(&filter->mixed, line);
        for (int x = 0; x < width; x++) mixed[x] = MIX * noisy[x] + (1 - MIX) * basic[x];
    }
}

static void hand_on(sluice_filter *filter, int end) {
    const float *planes[SLUICE_PLANES];
    for (; filter->done < end; filter->done++) {
        for (int plane = 0; plane < filter->task.planes; plane++) {
            planes[plane] = filter->result[plane];
            if (is_filtered(filter, plane))
                finish(&filter->second[plane], filter->done, filter->task.width, filter->result[plane]);
            else
                planes[plane] = sluice_window_line(&filter->noisy[plane], filter->done);
        }
        if (filter->done >= filter->first_wanted) filter->take(filter->context, filter->done, planes);
    }
}

// Rows from `row` on that need no line from `lines` on.
static int ready(const sluice_filter *filter, int row, int lines) {
    int count = 0, height = filter->task.height;
    while (row + count < filter->rows && count < filter->batch
           && least(row_line(filter, row + count) + SLUICE_BLOCK + filter->how.reach, height) <= lines)
        count++;
    bool is_all = row + count == filter->rows;
    return is_all || count == filter->batch ? count : 0;
}

static void advance(sluice_filter *filter) {
    int count;
    while ((count = ready(filter, filter->first_row, filter->lines)) > 0) {
        work(filter, false, filter->first_row, count);
        filter->first_row += count;
        finish_basic(filter, finished_lines(filter, filter->first_row));
        while ((count = ready(filter, filter->second_row, filter->basic_lines)) > 0) {
            work(filter, true, filter->second_row, count);
            filter->second_row += count;
            hand_on(filter, finished_lines(filter, filter->second_row));
        }
    }
}

void sluice_filter_room(sluice_filter *filter, float *planes[]) {
    for (int plane = 0; plane < filter->task.planes; plane++)
        planes[plane] = sluice_window_line(&filter->noisy[plane], filter->lines);
}

void sluice_filter_push(sluice_filter *filter) {
    int line = filter->lines++;
    if (filter->how.reach > 0 && line > 0)
        sluice_low_pass(
            sluice_window_line(&filter->noisy[0], line - 1), sluice_window_line(&filter->noisy[0], line),
            sluice_window_line(&filter->low, line - 1), filter->task.width);
    advance(filter);
}

// The last row of blocks that adds nothing to lines from the given one on by its lower half; 0 at the top.
static int row_before(const sluice_filter *filter, int line) {
    int row = (line - filter->how.reach - SLUICE_BLOCK) / filter->how.step - 1;
    return most(least(row, filter->rows - 1), 0);
}

int sluice_filter_seek(sluice_filter *filter, int line) {
    int reach = filter->how.reach;
    filter->second_row = row_before(filter, line);
    filter->first_row = row_before(filter, row_line(filter, filter->second_row) - reach);
    filter->lines = most(row_line(filter, filter->first_row) - reach, 0);
    filter->basic_lines = filter->lines;
    filter->done = most(row_line(filter, filter->second_row) - reach, 0);
    filter->first_wanted = line;
    for (int plane = 0; plane < filter->task.planes; plane++) {
        if (!is_filtered(filter, plane)) continue;
        for (int kept = 0; kept < filter->first[plane].totals.lines; kept++) {
            sluice_window_clear(&filter->first[plane].totals, kept);
            sluice_window_clear(&filter->first[plane].weights, kept);
            sluice_window_clear(&filter->second[plane].totals, kept);
            sluice_window_clear(&filter->second[plane].weights, kept);
        }
    }
    return filter->lines;
}
