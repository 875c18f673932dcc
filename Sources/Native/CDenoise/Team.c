#include "Team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct sluice_team {
    int size;
    pthread_t *threads;
    // Guarded, with what follows, by the lock.
    pthread_mutex_t lock;
    pthread_cond_t has_begun, has_ended, has_left;
    bool ends;
    // Counted from the first; each thread takes part in each.
    atomic_long run;
    int parts, next;
    // Written with the lock, and read without it by who waits for a moment only.
    atomic_int busy, turn;
    sluice_work work;
    void *context;
    double seconds;
};

// Tries of one who waits before it sleeps: to be woken takes longer than most of what is waited for.
#define TRIES 4000

static void pause_a_moment(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

typedef struct {
    sluice_team *team;
    int member;
} membership;

static double thread_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

// Called with the lock, which is given back meanwhile.
static void take_part(sluice_team *team, int member) {
    double begun = thread_seconds();
    while (team->next < team->parts) {
        int part = team->next++;
        pthread_mutex_unlock(&team->lock);
        team->work(team->context, part, member);
        pthread_mutex_lock(&team->lock);
    }
    team->seconds += thread_seconds() - begun;
}

static void *follow(void *argument) {
    membership mine = *(membership *) argument;
    free(argument);
    sluice_team *team = mine.team;
    long run = 0;
    pthread_mutex_lock(&team->lock);
    while (true) {
        pthread_mutex_unlock(&team->lock);
        for (int try = 0; try < TRIES && team->run == run; try++) pause_a_moment();
        pthread_mutex_lock(&team->lock);
        while (!team->ends && team->run == run) pthread_cond_wait(&team->has_begun, &team->lock);
        if (team->ends) break;
        run = team->run;
        take_part(team, mine.member);
        if (--team->busy == 0) pthread_cond_signal(&team->has_ended);
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

static bool hire(sluice_team *team) {
    membership *mine = malloc(sizeof *mine);
    if (!mine) return false;
    *mine = (membership) {team, team->size};
    if (pthread_create(&team->threads[team->size - 1], NULL, follow, mine)) {
        free(mine);
        return false;
    }
    team->size++;
    return true;
}

sluice_team *sluice_team_new(int threads) {
    sluice_team *team = calloc(1, sizeof *team);
    if (!team) return NULL;
    team->size = 1;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->has_begun, NULL);
    pthread_cond_init(&team->has_ended, NULL);
    pthread_cond_init(&team->has_left, NULL);
    if (threads > 1) team->threads = calloc((size_t) threads - 1, sizeof *team->threads);
    while (team->threads && team->size < threads && hire(team)) {}
    return team;
}

int sluice_team_size(const sluice_team *team) { return team->size; }

void sluice_team_free(sluice_team *team) {
    if (!team) return;
    pthread_mutex_lock(&team->lock);
    team->ends = true;
    pthread_cond_broadcast(&team->has_begun);
    pthread_mutex_unlock(&team->lock);
    for (int thread = 0; thread < team->size - 1; thread++) pthread_join(team->threads[thread], NULL);
    pthread_cond_destroy(&team->has_begun);
    pthread_cond_destroy(&team->has_ended);
    pthread_cond_destroy(&team->has_left);
    pthread_mutex_destroy(&team->lock);
    free(team->threads);
    free(team);
}

void sluice_team_run(sluice_team *team, int parts, sluice_work work, void *context) {
    pthread_mutex_lock(&team->lock);
    team->parts = parts;
    team->next = team->turn = 0;
    team->work = work;
    team->context = context;
    team->busy = team->size - 1;
    team->run++;
    if (team->busy > 0) pthread_cond_broadcast(&team->has_begun);
    take_part(team, 0);
    pthread_mutex_unlock(&team->lock);
    for (int try = 0; try < TRIES && team->busy > 0; try++) pause_a_moment();
    pthread_mutex_lock(&team->lock);
    while (team->busy > 0) pthread_cond_wait(&team->has_ended, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

void sluice_team_enter(sluice_team *team, int part) {
    for (int try = 0; try < TRIES; try++) {
        if (team->turn == part) return;
        pause_a_moment();
    }
    pthread_mutex_lock(&team->lock);
    while (team->turn != part) pthread_cond_wait(&team->has_left, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

void sluice_team_leave(sluice_team *team) {
    pthread_mutex_lock(&team->lock);
    team->turn++;
    pthread_cond_broadcast(&team->has_left);
    pthread_mutex_unlock(&team->lock);
}

double sluice_team_seconds(const sluice_team *team) { return team->seconds; }
