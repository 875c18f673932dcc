#include "Match.h"

#include <string.h>

#include "Transform.h"

// Of what is beyond the picture: its square can still be added up.
#define UNLIKE 1e9f
#define NOT_THERE 1e15f
// Columns from the first to the last place of a block, without the last: whole vectors.
#define MOST_ACROSS (2 * SLUICE_MOST_REACH)
#define MOST_PLACES ((2 * SLUICE_MOST_REACH + 1) * MOST_ACROSS)

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

VECTORS void sluice_low_pass(const float *line, const float *next, float *low, int width) {
    for (int x = 0; x < width - 1; x++) low[x] = line[x] + line[x + 1] + next[x] + next[x + 1];
    for (int x = 0; x < SLUICE_WINDOW_MARGIN; x++) low[-1 - x] = low[width - 1 + x] = UNLIKE;
}

// How unlike blocks are whose corners lie at `reach` before up to `reach - 1` behind `x`: eight in a vector.
INLINE void compare(const float *const block[4], const float *const place[4], int x, int vectors, float *distances) {
    octet totals[MOST_ACROSS / 8];
    for (int vector = 0; vector < vectors; vector++) totals[vector] = ALL(0.0f);
    for (int line = 0; line < 4; line++)
        for (int column = 0; column < 8; column += 2) {
            octet pixel = ALL(block[line][x + column]);
            const float *others = place[line] + x - 4 * vectors + column;
            for (int vector = 0; vector < vectors; vector++) {
                octet difference = LOAD(others + 8 * vector) - pixel;
                totals[vector] += difference * difference;
            }
        }
    for (int vector = 0; vector < vectors; vector++) STORE(distances + 8 * vector, totals[vector]);
}

INLINE int count_below(const float *distances, int count, float limit) {
    octet_integers below = {0};
    for (int place = 0; place < count; place += 8) below -= LOAD(distances + place) < ALL(limit);
    return below[0] + below[1] + below[2] + below[3] + below[4] + below[5] + below[6] + below[7];
}

typedef bool eight_bits __attribute__((ext_vector_type(8)));

INLINE unsigned bits(const float *distances, float limit) {
    eight_bits below = __builtin_convertvector(LOAD(distances) < ALL(limit), eight_bits);
    unsigned char result;
    memcpy(&result, &below, 1);
    return result;
}

// Between `wanted` and twice as many lie below it, where there are so many.
INLINE float find_limit(const float *distances, int count, int wanted, float limit) {
    float low = 0, high = NOT_THERE;
    for (int round = 0; round < 16; round++) {
        int below = count_below(distances, count, limit);
        if (below < wanted) {
            low = limit;
            limit = high < NOT_THERE ? (low + high) / 2 : 1.5f * limit;
        } else if (below > 2 * wanted) {
            high = limit;
            limit = (low + high) / 2;
        } else {
            break;
        }
    }
    return limit < NOT_THERE ? limit : NOT_THERE;
}

VECTORS void sluice_search(
    const sluice_view *low, sluice_neighbourhood around, int x, int y, int wanted, float *limit,
    sluice_matches *found) {
    float distances[MOST_PLACES];
    int reach = around.reach, across = 2 * reach, top = most(y - reach, 0);
    int lines = least(y + reach, around.height - SLUICE_BLOCK) - top + 1;
    const float *block[4], *place[4];
    for (int line = 0; line < 4; line++) block[line] = sluice_view_line(low, y + 2 * line);
    for (int row = 0; row < lines; row++) {
        for (int line = 0; line < 4; line++) place[line] = sluice_view_line(low, top + row + 2 * line);
        float *out = distances + row * across;
        switch (reach) {
        case 4: compare(block, place, x, 1, out); break;
        case 8: compare(block, place, x, 2, out); break;
        case 16: compare(block, place, x, 4, out); break;
        default: compare(block, place, x, 6, out); break;
        }
    }
    // The block itself is there already.
    distances[(y - top) * across + reach] = NOT_THERE;
    int count = lines * across;
    if (*limit <= 0) *limit = 1;
    *limit = find_limit(distances, count, wanted, *limit);
    found->offsets[0] = (sluice_offset) {0, 0};
    int end = least(2 * wanted, SLUICE_MOST_CANDIDATES), filled = 1;
    for (int row = 0; row < lines; row++)
        for (int begin = 0; begin < across; begin += 8) {
            unsigned below = bits(distances + row * across + begin, *limit);
            for (; below && filled < end; below &= below - 1)
                found->offsets[filled++] = (sluice_offset) {
                    (int8_t) (begin + __builtin_ctz(below) - reach), (int8_t) (top + row - y)};
        }
    found->count = filled;
}

// The order of distances, nothing compared twice: how many are smaller is where one belongs. The places in the list make
// equal ones differ.
INLINE void find_order(const int32_t *distances, int count, int32_t *order) {
    for (int begin = 0; begin < count; begin += 8) {
        octet_integers own = *(const octet_integers_anywhere *) (distances + begin), smaller = {0};
        for (int other = 0; other < count; other++) {
            smaller -= (octet_integers) {0} + distances[other] < own;
        }
        *(octet_integers_anywhere *) (order + begin) = smaller;
    }
}

INLINE void sum_eight(octet *totals, float *sums) {
    transpose(totals);
    STORE(sums, ((totals[0] + totals[4]) + (totals[1] + totals[5])) + ((totals[2] + totals[6]) + (totals[3] + totals[7])));
}

VECTORS void sluice_rank(const sluice_view *lines, int x, int y, int most, sluice_matches *matches) {
    octet block[SLUICE_BLOCK], totals[8];
    float distances[SLUICE_MOST_CANDIDATES];
    int32_t keys[SLUICE_MOST_CANDIDATES], order[SLUICE_MOST_CANDIDATES];
    int count = matches->count;
    for (int line = 0; line < SLUICE_BLOCK; line++) block[line] = LOAD(sluice_view_line(lines, y + line) + x);
    for (int index = 0; index < count; index++) {
        sluice_offset offset = matches->offsets[index];
        octet total = ALL(0.0f);
        for (int line = 0; line < SLUICE_BLOCK; line++) {
            octet difference = LOAD(sluice_view_line(lines, y + offset.y + line) + x + offset.x) - block[line];
            total += difference * difference;
        }
        totals[index % 8] = total;
        if (index % 8 == 7 || index == count - 1) sum_eight(totals, distances + index / 8 * 8);
    }
    // Positive numbers are in the order of their bits.
    memcpy(keys, distances, sizeof keys);
    for (int index = 0; index < count; index++) keys[index] = (keys[index] & ~63) | index;
    for (int index = count; index < (count + 7) / 8 * 8; index++) keys[index] = INT32_MAX;
    keys[0] = -1;
    find_order(keys, count, order);
    sluice_matches all = *matches;
    matches->count = least(count, most);
    for (int index = 0; index < count; index++)
        if (order[index] < most) matches->offsets[order[index]] = all.offsets[index];
}
