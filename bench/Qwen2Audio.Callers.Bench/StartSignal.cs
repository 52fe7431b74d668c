namespace Qwen2Audio.Callers.Bench;

/// <summary>Tells that work has begun, by its first report.</summary>
internal sealed class StartSignal(TaskCompletionSource begun) : IProgress<double>
{
    public void Report(double value) => begun.TrySetResult();
}
