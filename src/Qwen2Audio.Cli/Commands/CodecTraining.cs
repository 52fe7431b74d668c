using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Cli.Commands;

/// <summary>train RECIPE --run DIR, where the recipe says <c>task: codec</c>.</summary>
internal sealed class CodecTraining(TrainingRequest request, CancellationToken cancellation) : RecordedTraining<CodecCorpus, CodecTask>(request, cancellation)
{
    private readonly CodecRun _training = CodecRun.Of(request.Recipe);
    private readonly int _threads = request.Threads;
    private readonly CancellationToken _cancellation = cancellation;

    protected override long Steps => _training.Steps;

    protected override CodecCorpus Read(Action<int, int> progress) => _training.Load(_threads, progress, _cancellation);

    protected override CodecTask Build(CodecCorpus corpus, IRanks ranks) => _training.Build(corpus, _threads, ranks);

    protected override (long Parameters, long Bytes) Needs(CodecCorpus corpus) => _training.Needs(corpus);

    protected override long Parameters(CodecTask task) => task.Parameters;

    protected override string Kind(CodecCorpus corpus) => $"{_training.Model.BitsPerSecond / 1000:0.0##} kbit/s";

    protected override IReadOnlyList<(string Name, double Value)> Measure(CodecTask task) => CodecMeasure.Run(task, _training.Model.SamplingRate, _cancellation);
}
