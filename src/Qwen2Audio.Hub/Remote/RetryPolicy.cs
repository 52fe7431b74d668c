using Qwen2Audio.Hub.Download;

namespace Qwen2Audio.Hub.Remote;

/// <summary>Retries a task: counts consecutive failures, and waits longer after each.</summary>
internal sealed class RetryPolicy(DownloadOptions options, string what, Action<DownloadEvent> report)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private int _failures;

    /// <summary>Resets the count after progress.</summary>
    public void Succeed() => _failures = 0;

    /// <summary>Waits before the next attempt.</summary>
    /// <exception cref="HubException">Too many failures.</exception>
    public async Task WaitAsync(TransientException failure, CancellationToken cancellation)
    {
        if (++_failures >= options.Attempts)
            throw new HubException(HubFault.Network, $"{what}: {failure.Message}. Gave up after {_failures} attempts. What was received is kept; the same command resumes from there.", failure);
        var delay = options.FirstDelay * Math.Pow(2, _failures - 1) * (0.75 + 0.5 * Random.Shared.NextDouble());
        if (failure.RetryAfter > delay) delay = failure.RetryAfter.Value;
        if (delay > Longest) delay = Longest;
        report(new DownloadRetry(what, failure.Message, delay));
        await Task.Delay(delay, cancellation);
    }

    /// <summary>Runs the task, and again after a failure that may be temporary.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await work();
            }
            catch (TransientException failure)
            {
                await WaitAsync(failure, cancellation);
            }
        }
    }
}
