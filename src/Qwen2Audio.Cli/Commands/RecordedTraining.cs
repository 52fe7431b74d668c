using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What tasks with recordings have in common: these are read, or left out with the reason.</summary>
internal abstract class RecordedTraining<TCorpus, TTask>(TrainingRequest request, CancellationToken cancellation) : TaskTraining<TCorpus, TTask>(request, cancellation)
    where TCorpus : ITrainingCorpus
    where TTask : TrainingTask
{
    /// <summary>Reads the recordings.</summary>
    protected abstract TCorpus Read(Action<int, int> progress);

    /// <summary>What is between the number of parameters and that of recordings.</summary>
    protected abstract string Kind(TCorpus corpus);

    protected override bool Measures(TCorpus corpus) => corpus.Measured > 0;

    protected override TCorpus Load(RunFolder? run, bool first, TrainingDisplay display)
    {
        try
        {
            var corpus = Read((done, all) => display.Loading("recordings", done, all));
            if (!first) return corpus;
            foreach (var warning in corpus.Warnings) Warnings.Write(warning);
            if (run is not null) SkippedClips.Write(run.Skipped, corpus.Failures);
            foreach (var failure in corpus.Failures) Warnings.Write($"{(run is null ? "will be left out" : "left out")}: {RowCheck.Named(failure.Row.Path, failure.Reason)}");
            if (run is not null && corpus.Measured == 0) Warnings.Write($"the manifests have no row of split \"{Splits.Validation}\" that can be measured: nothing is measured");
            return corpus;
        }
        catch (CorpusException exception) when (run is not null)
        {
            if (first) SkippedClips.Write(run.Skipped, exception.Failures);
            Console.Error.WriteLine($"All recordings that cannot be used are listed in {TerminalText.Name(run.Skipped)}");
            throw;
        }
    }

    protected override string Described(TCorpus corpus) => $"{Kind(corpus)}, {corpus.Recordings} recordings, {corpus.Seconds / 3600:0.00} h, {corpus.Measured} for validation";

    protected override IEnumerable<KeyValuePair<string, object>> Facts(TCorpus corpus, bool check) => check
        ? [new("recordings", corpus.Recordings), new("seconds", corpus.Seconds), new("measured", corpus.Measured), new("warnings", corpus.Warnings)]
        : [new("clips", corpus.Recordings), new("hours", corpus.Seconds / 3600)];
}
