package io.ecomind.dev.stack;

import io.ecomind.service.http.ReadinessCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.scheduler.ExecutionGraphInfo;
import org.apache.flink.runtime.scheduler.exceptionhistory.RootExceptionHistoryEntry;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the streaming jobs. A job that has ended, because it was cancelled or failed for good, is started again from its
 * newest checkpoint. A job that has failed and has completed no checkpoint since is not ready, although Flink calls it
 * running while it tries again; and how often each was restarted, and why last, stays visible. Thread-safe.
 */
final class JobSupervisor implements ReadinessCheck, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JobSupervisor.class);
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final int ANSWER_SECONDS = 2;
    private static final int STOP_SECONDS = 30;

    private final MiniCluster cluster;
    private final JobStarter starter;
    private final Map<String, WatchedJob> jobs = new LinkedHashMap<>();
    private final ScheduledExecutorService timer;

    /** Submits a job to the cluster. */
    @FunctionalInterface
    interface JobStarter {
        JobID start(String name) throws Exception;
    }

    /** What is known about a job; guarded by this supervisor. */
    private static final class WatchedJob {
        private JobID id;
        private int restarts;
        private int submissions;
        private @Nullable String lastReason;
        private long lastFailureMillis;
        private long lastCheckpointMillis;
        private long notBeforeNanos = System.nanoTime();

        WatchedJob(JobID id) {
            this.id = id;
        }

        void failed(long millis, String reason) {
            restarts++;
            lastFailureMillis = Math.max(lastFailureMillis, millis);
            lastReason = reason;
        }

        String history() {
            return "restarted " + restarts + (restarts == 1 ? " time" : " times") + ", last because of " + lastReason;
        }
    }

    private JobSupervisor(MiniCluster cluster, JobStarter starter) {
        this.cluster = cluster;
        this.starter = starter;
        timer = new ScheduledThreadPoolExecutor(1, work -> {
            var thread = new Thread(work, "job-supervisor");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Starts the jobs and watches them. */
    static JobSupervisor start(MiniCluster cluster, List<String> names, JobStarter starter) throws Exception {
        var supervisor = new JobSupervisor(cluster, starter);
        for (String name : names) {
            supervisor.jobs.put(name, new WatchedJob(starter.start(name)));
        }
        var unused = supervisor.timer.scheduleWithFixedDelay(
                supervisor::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
        return supervisor;
    }

    @Override
    public synchronized @Nullable String problem() {
        for (var entry : jobs.entrySet()) {
            String name = "job " + entry.getKey();
            WatchedJob job = entry.getValue();
            try {
                JobStatus status = cluster.getJobStatus(job.id).get(ANSWER_SECONDS, TimeUnit.SECONDS);
                if (status != JobStatus.RUNNING) {
                    return name + " is " + status + (job.restarts == 0 ? "" : "; " + job.history());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "interrupted";
            } catch (ExecutionException | TimeoutException e) {
                return name + " does not answer";
            }
            if (job.lastFailureMillis > job.lastCheckpointMillis) {
                return name + " has completed no checkpoint since it failed; " + job.history();
            }
        }
        return null;
    }

    /** How often jobs were started again, or started themselves again, since the stack has started. */
    synchronized int restarts() {
        return jobs.values().stream().mapToInt(job -> job.restarts).sum();
    }

    @Override
    public synchronized @Nullable String note() {
        List<String> restarted = new ArrayList<>();
        jobs.forEach((name, job) -> {
            if (job.restarts > 0) {
                restarted.add("job " + name + " " + job.history());
            }
        });
        return restarted.isEmpty() ? null : String.join("; ", restarted);
    }

    /** Stops watching, then the jobs; their last checkpoints stay and the next start goes on from them. */
    @Override
    public void close() throws Exception {
        timer.shutdownNow();
        var unused = timer.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        List<JobID> ids;
        synchronized (this) {
            ids = jobs.values().stream().map(job -> job.id).toList();
        }
        for (JobID id : ids) {
            if (!cluster.getJobStatus(id).get(STOP_SECONDS, TimeUnit.SECONDS).isGloballyTerminalState()) {
                cluster.cancelJob(id).get(STOP_SECONDS, TimeUnit.SECONDS);
                cluster.requestJobResult(id).get(STOP_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private synchronized void look() {
        for (var entry : jobs.entrySet()) {
            WatchedJob job = entry.getValue();
            try {
                ExecutionGraphInfo info = cluster.getExecutionGraphInfo(job.id).get(ANSWER_SECONDS, TimeUnit.SECONDS);
                ArchivedExecutionGraph graph = info.getArchivedExecutionGraph();
                takeFailures(job, info);
                takeCheckpoints(job, graph.getCheckpointStatsSnapshot());
                if (graph.getState().isGloballyTerminalState()) {
                    startAgain(entry.getKey(), job, graph);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Exception e) {
                log.atWarn().addKeyValue("job", entry.getKey()).setCause(e).log("a job could not be watched");
            }
        }
    }

    private static void takeFailures(WatchedJob job, ExecutionGraphInfo info) {
        long seen = job.lastFailureMillis;
        for (RootExceptionHistoryEntry failure : info.getExceptionHistory()) {
            if (failure.getTimestamp() > seen) {
                job.failed(failure.getTimestamp(), rootClass(failure.getException()));
            }
        }
    }

    private static void takeCheckpoints(WatchedJob job, @Nullable CheckpointStatsSnapshot checkpoints) {
        CompletedCheckpointStats latest =
                checkpoints == null ? null : checkpoints.getHistory().getLatestCompletedCheckpoint();
        if (latest != null) {
            job.lastCheckpointMillis = Math.max(job.lastCheckpointMillis, latest.getTriggerTimestamp());
        }
    }

    private void startAgain(String name, WatchedJob job, ArchivedExecutionGraph ended) throws Exception {
        if (System.nanoTime() - job.notBeforeNanos < 0) {
            return;
        }
        long endedAt = ended.getStatusTimestamp(ended.getState());
        if (endedAt > job.lastFailureMillis) {
            job.failed(
                    endedAt,
                    ended.getFailureInfo() == null
                            ? "its end (" + ended.getState() + ")"
                            : rootClass(ended.getFailureInfo().getException()));
        }
        log.atError()
                .addKeyValue("job", name)
                .addKeyValue("state", ended.getState())
                .addKeyValue("submissions", job.submissions)
                .log("a job has ended and is started again");
        Duration pause = EVERY.multipliedBy(1L << Math.min(job.submissions, 10));
        job.submissions++;
        job.notBeforeNanos = System.nanoTime() + (pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause).toNanos();
        job.id = starter.start(name);
    }

    /** The class of the innermost cause. Its message may repeat what a sender has sent, so it stays in the log. */
    private static String rootClass(Throwable failure) {
        Throwable root = failure;
        for (int depth = 0; root.getCause() != null && depth < 50; depth++) {
            root = root.getCause();
        }
        String name = root instanceof SerializedThrowable known
                ? known.getOriginalErrorClassName()
                : root.getClass().getName();
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
