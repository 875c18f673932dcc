// Lines of floating point, of which the last few are kept.
#ifndef SLUICE_WINDOW_H
#define SLUICE_WINDOW_H
#include <stdbool.h>
#include <stddef.h>

// Numbers on either side of a line that may be read and written, so that vectors need no other code at the edges.
#define SLUICE_WINDOW_MARGIN 40

typedef struct {
    float *numbers;
    int width, lines;
    size_t stride;
} sluice_window;

// False: out of memory.
bool sluice_window_init(sluice_window *window, int width, int lines);
void sluice_window_free(sluice_window *window);

// The place of a line, which the line `lines` before it had.
static inline float *sluice_window_line(const sluice_window *window, int line) {
    return window->numbers + (size_t) (line % window->lines) * window->stride + SLUICE_WINDOW_MARGIN;
}

// Some lines one after the other, found without a division.
#define SLUICE_MOST_VIEWED 64
typedef struct {
    const float *lines[SLUICE_MOST_VIEWED];
    int top;
} sluice_view;

static inline sluice_view sluice_window_view(const sluice_window *window, int top, int count) {
    sluice_view view = {.top = top};
    for (int line = 0; line < count; line++) view.lines[line] = sluice_window_line(window, top + line);
    return view;
}

static inline const float *sluice_view_line(const sluice_view *view, int line) { return view->lines[line - view->top]; }

// Nothing but zeros, margins too.
void sluice_window_clear(const sluice_window *window, int line);

#endif
