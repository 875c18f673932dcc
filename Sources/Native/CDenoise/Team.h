// Threads that share the work of a picture.
#ifndef SLUICE_TEAM_H
#define SLUICE_TEAM_H

typedef struct sluice_team sluice_team;

// Does a part of the work: `member` is 0 up to the number of threads, for what each has of its own.
typedef void (*sluice_work)(void *context, int part, int member);

// As many threads, the caller's among them; fewer where the system has no more. NULL: out of memory.
sluice_team *sluice_team_new(int threads);
int sluice_team_size(const sluice_team *team);
void sluice_team_free(sluice_team *team);

// Does all parts, each once, and begins them in order.
void sluice_team_run(sluice_team *team, int parts, sluice_work work, void *context);

// Within `work`: waits until all parts before this one have called `sluice_team_leave`. What is done between both is done in
// order, by one thread at a time.
void sluice_team_enter(sluice_team *team, int part);
void sluice_team_leave(sluice_team *team);

// Seconds that all threads together have spent in `sluice_team_run`.
double sluice_team_seconds(const sluice_team *team);

#endif
