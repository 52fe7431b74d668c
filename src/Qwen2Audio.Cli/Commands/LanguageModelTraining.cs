using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Pretraining;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>train RECIPE --run DIR, where the recipe says <c>task: language-model</c>.</summary>
internal sealed class LanguageModelTraining(TrainingRequest request, CancellationToken cancellation) : TaskTraining<TextCorpus, PretrainingTask>(request, cancellation)
{
    private readonly PretrainingRun _training = PretrainingRun.Of(request.Recipe);
    private readonly int _threads = request.Threads;
    private readonly CancellationToken _cancellation = cancellation;

    protected override long Steps => _training.Steps;

    protected override TextCorpus Load(RunFolder? run, bool first, TrainingDisplay display)
    {
        var corpus = _training.Load((done, all) => display.Loading("texts", done, all), _cancellation);
        if (first && corpus.LeftOut > 0) Warnings.Write($"{corpus.LeftOut} lines contain characters other than letters and punctuation, and {(run is null ? "will be" : "were")} left out");
        return corpus;
    }

    protected override PretrainingTask Build(TextCorpus corpus, IRanks ranks) => _training.Build(corpus, _threads, ranks);

    protected override (long Parameters, long Bytes) Needs(TextCorpus corpus)
    {
        using var task = _training.Build(corpus, _threads);
        return (task.Parameters, task.Bytes);
    }

    protected override long Parameters(PretrainingTask task) => task.Parameters;

    protected override string Described(TextCorpus corpus) => $"{corpus.Words / 1e6:0.00} M words in {corpus.Sentences} sentences";

    protected override IEnumerable<KeyValuePair<string, object>> Facts(TextCorpus corpus, bool check) =>
        [new("words", corpus.Words), new("sentences", corpus.Sentences), new("left_out", corpus.LeftOut)];

    protected override bool Measures(TextCorpus corpus) => _training.Measures;

    protected override IReadOnlyList<(string Name, double Value)> Measure(PretrainingTask task) => task.Measure(_cancellation);
}
