using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>A speech task in a training loop, assembled as in the command.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly SpeechTask _task;
    private readonly TrainingLoop _loop;

    public TinyRun(SpeechRecipe recipe, SpeechCorpus corpus, RunFolder run, int threads, bool allowChanges = false, IRanks? ranks = null)
    {
        _task = new SpeechTask(recipe, corpus, threads, ranks);
        try
        {
            _loop = new TrainingLoop(_task, run, allowChanges, ranks);
        }
        catch
        {
            _task.Dispose();
            throw;
        }
    }

    public bool Resumed => _loop.Resumed;

    public long Step => _loop.Step;

    public void Run(Action<StepReport>? report = null, Action<string>? saved = null, CancellationToken cancellation = default) =>
        _loop.Run(report, saved, cancellation: cancellation);

    public void Dispose() => _task.Dispose();
}
