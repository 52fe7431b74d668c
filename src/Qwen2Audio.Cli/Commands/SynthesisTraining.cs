using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Cli.Commands;

/// <summary>train RECIPE --run DIR, where the recipe says <c>task: synthesis</c>.</summary>
internal sealed class SynthesisTraining(TrainingRequest request, CancellationToken cancellation) : RecordedTraining<SynthesisCorpus, SynthesisTask>(request, cancellation)
{
    private readonly SynthesisRun _training = SynthesisRun.Of(request.Recipe);
    private readonly int _threads = request.Threads;
    private readonly CancellationToken _cancellation = cancellation;

    protected override long Steps => _training.Steps;

    protected override SynthesisCorpus Read(Action<int, int> progress) => _training.Load(_threads, progress, _cancellation);

    protected override SynthesisTask Build(SynthesisCorpus corpus, IRanks ranks) => _training.Build(corpus, _threads, ranks);

    protected override (long Parameters, long Bytes) Needs(SynthesisCorpus corpus)
    {
        using var task = _training.Build(corpus, _threads);
        return (task.Parameters, task.Bytes);
    }

    protected override long Parameters(SynthesisTask task) => task.Parameters;

    protected override string Kind(SynthesisCorpus corpus) => $"{corpus.Voices.Count} voices";

    protected override IReadOnlyList<(string Name, double Value)> Measure(SynthesisTask task) => task.Measure(_cancellation);
}
