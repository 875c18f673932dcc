#include "Filter.h"

#include <stdlib.h>
#include <string.h>

#include "FilterState.h"

static int steps(int length, int step) { return (length - SLUICE_BLOCK + step - 1) / step + 1; }

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
    sluice_recipe_lines lines = sluice_recipe_lines_for(&filter->recipe, filter->batch);
    bool is_there = sluice_window_init(&filter->low, width, lines.low)
        && sluice_window_init(&filter->mixed, width, filter->recipe.reach > 0 ? lines.basic : 1);
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
    int threads = sluice_team_size(filter->team), reach = filter->recipe.reach;
    filter->scratch = calloc((size_t) threads, sizeof(sluice_scratch));
    for (int thread = 0; thread < threads && filter->scratch; thread++) {
        sluice_scratch *own = &filter->scratch[thread];
        own->sums.width = SLUICE_PART + 2 * reach + SLUICE_BLOCK + SLUICE_SUMS_MARGIN;
        own->sums.lines = 2 * reach + SLUICE_BLOCK;
        size_t count = (size_t) own->sums.width * own->sums.lines;
        own->numbers = malloc(2 * count * sizeof(float));
        own->room = malloc(sluice_sliding_room(SLUICE_PART) * sizeof(float));
        own->factors = malloc((SLUICE_PART + 2 * SLUICE_BLOCK) * sizeof(float));
        if (!own->numbers || !own->room || !own->factors) return false;
        own->sums.totals = own->numbers;
        own->sums.weights = own->numbers + count;
    }
    return filter->scratch != NULL;
}

static bool init_rows(sluice_filter *filter) {
    int step = filter->recipe.step;
    filter->rows = steps(filter->task.height, step);
    filter->columns = filter->recipe.reach > 0 ? steps(filter->task.width, step) : filter->task.width - SLUICE_BLOCK + 1;
    filter->kept_rows = least(sluice_recipe_lines_for(&filter->recipe, filter->batch).rows, filter->rows);
    size_t blocks = (size_t) filter->kept_rows * filter->columns;
    if (filter->recipe.reach == 0) return true;
    filter->offsets = malloc(blocks * filter->recipe.candidates * sizeof(sluice_offset));
    filter->counts = malloc(blocks);
    filter->factors = malloc(blocks * sizeof(float));
    return filter->offsets && filter->counts && filter->factors;
}

sluice_filter *sluice_filter_new(const sluice_filter_task *task, sluice_team *team, sluice_filter_taker take, void *context) {
    sluice_filter *filter = calloc(1, sizeof *filter);
    if (!filter) return NULL;
    filter->task = *task;
    filter->recipe = sluice_recipe_for(task->quality, task->width);
    filter->team = team;
    filter->take = take;
    filter->context = context;
    filter->batch = task->batch > 0 ? task->batch : sluice_recipe_batch(&filter->recipe, task->width);
    filter->is_flat = true;
    for (int level = 1; level < SLUICE_NOISE_LEVELS; level++)
        if (task->brightness[level] != task->brightness[0]) filter->is_flat = false;
    for (int plane = 0; plane < task->planes; plane++) {
        bool is_first = plane == 0;
        set_strength(
            &filter->first_strength[plane], task->spectrum[plane],
            is_first ? filter->recipe.threshold : filter->recipe.colour_threshold, 0);
        set_strength(
            &filter->second_strength[plane], task->spectrum[plane],
            is_first ? filter->recipe.weight : filter->recipe.colour_weight, task->detail);
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

int sluice_filter_delay(const sluice_filter *filter) { return sluice_recipe_lines_for(&filter->recipe, filter->batch).noisy; }

// MARK: Rows

static void work(sluice_filter *filter, bool is_second, int row, int count) {
    filter->is_second = is_second;
    filter->row = row;
    filter->row_count = count;
    if (filter->recipe.reach > 0) sluice_team_run(filter->team, sluice_parts_of(filter, 1), sluice_match_part, filter);
    sluice_team_run(filter->team, sluice_parts_of(filter, filter->task.planes), sluice_filter_part, filter);
}

// Lines before this one have all that rows of blocks before `row` add to them.
static int finished_lines(const sluice_filter *filter, int row) {
    return row == filter->rows ? filter->task.height : most(row_line(filter, row) - filter->recipe.reach, 0);
}

static void finish(const sluice_window_sums *sums, int line, int width, float *out) {
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
        if (filter->recipe.reach == 0) continue;
        // What noise is left in the first pass' result makes neighbours alike that are not: some of the noise that was
        // there keeps them apart.
        const float *noisy = sluice_window_line(&filter->noisy[0], line);
        const float *basic = is_filtered(filter, 0) ? sluice_window_line(&filter->basic[0], line) : noisy;
        float *mixed = sluice_window_line(&filter->mixed, line);
        for (int x = 0; x < width; x++) mixed[x] = MIX * noisy[x] + (1 - MIX) * basic[x];
    }
}

static void hand_on(sluice_filter *filter, int end) {
    const float *planes[SLUICE_PLANES], *noisy[SLUICE_PLANES];
    for (; filter->done < end; filter->done++) {
        for (int plane = 0; plane < filter->task.planes; plane++) {
            planes[plane] = noisy[plane] = sluice_window_line(&filter->noisy[plane], filter->done);
            if (!is_filtered(filter, plane)) continue;
            planes[plane] = filter->result[plane];
            finish(&filter->second[plane], filter->done, filter->task.width, filter->result[plane]);
        }
        if (filter->done >= filter->first_wanted) filter->take(filter->context, filter->done, planes, noisy);
    }
}

// Rows from `row` on that need no line from `lines` on.
static int ready(const sluice_filter *filter, int row, int lines) {
    int count = 0, height = filter->task.height;
    while (row + count < filter->rows && count < filter->batch
           && least(row_line(filter, row + count) + SLUICE_BLOCK + filter->recipe.reach, height) <= lines)
        count++;
    bool is_all = row + count == filter->rows;
    return is_all || count == filter->batch ? count : 0;
}

static void refine(sluice_filter *filter) {
    int count;
    while ((count = ready(filter, filter->second_row, filter->basic_lines)) > 0) {
        work(filter, true, filter->second_row, count);
        filter->second_row += count;
        hand_on(filter, finished_lines(filter, filter->second_row));
    }
}

static void advance(sluice_filter *filter) {
    int count, some = filter->batch * filter->recipe.step;
    while ((count = ready(filter, filter->first_row, filter->lines)) > 0) {
        work(filter, false, filter->first_row, count);
        filter->first_row += count;
        int end = finished_lines(filter, filter->first_row);
        // The last row finishes more than others, and windows have room for some.
        while (filter->basic_lines < end) {
            finish_basic(filter, least(filter->basic_lines + some, end));
            refine(filter);
        }
    }
}

void sluice_filter_room(sluice_filter *filter, float *planes[]) {
    for (int plane = 0; plane < filter->task.planes; plane++)
        planes[plane] = sluice_window_line(&filter->noisy[plane], filter->lines);
}

void sluice_filter_push(sluice_filter *filter) {
    int line = filter->lines++;
    if (filter->recipe.reach > 0 && line > 0)
        sluice_low_pass(
            sluice_window_line(&filter->noisy[0], line - 1), sluice_window_line(&filter->noisy[0], line),
            sluice_window_line(&filter->low, line - 1), filter->task.width);
    advance(filter);
}

// The last row of blocks that adds nothing to lines from the given one on by its lower half; 0 at the top.
static int row_before(const sluice_filter *filter, int line) {
    int row = (line - filter->recipe.reach - SLUICE_BLOCK) / filter->recipe.step - 1;
    return most(least(row, filter->rows - 1), 0);
}

int sluice_filter_seek(sluice_filter *filter, int line) {
    int reach = filter->recipe.reach;
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
