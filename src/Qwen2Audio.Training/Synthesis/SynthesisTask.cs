using System.Text.Json;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>Training of a model that speaks from a recipe, run by <see cref="TrainingLoop"/>. The corpus stays the caller's.</summary>
public sealed class SynthesisTask : TrainingTask
{
    private const ulong Dropouts = 0xA5A5_0002;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly SynthesisRecipe _recipe;
    private readonly SynthesisCorpus _corpus;
    private readonly IRanks _ranks;
    private readonly WorkerPool _pool;
    private readonly TrainingOps _ops;
    private readonly ParameterSet _parameters = new();
    private readonly SynthesisModel _model;
    private readonly AdamWOptimizer _optimizer;
    private readonly SynthesisSampler _sampler;
    private long _step;
    private SynthesisBatch? _batch;
    private (double Frames, double Phones) _totals;

    /// <summary>Builds the model with its initial values.</summary>
    internal SynthesisTask(SynthesisRecipe recipe, SynthesisCorpus corpus, int threads, IRanks? ranks = null)
    {
        (_recipe, _corpus, _ranks) = (recipe, corpus, ranks ?? new OneRank());
        _pool = new WorkerPool(threads);
        _ops = new TrainingOps(_pool);
        _model = Build(recipe, corpus, _parameters);
        _parameters.Allocate(parameter => DecayGroups.Matrices(parameter) && !parameter.Name.EndsWith("embed_tokens.weight", StringComparison.Ordinal));
        Initialisation.Fill(_parameters, (ulong)recipe.Seed);
        FillCodebooks();
        _optimizer = new AdamWOptimizer(_parameters, recipe.Optimizer.ToOptions(), _pool);
        Stages = [new TrainingStage("", _parameters, _optimizer)];
        _sampler = new SynthesisSampler(recipe, corpus.Train);
        Conditions = RunConditions.Of(new
        {
            task = "synthesis",
            recipe.Seed,
            Data = recipe.Data with { Manifests = [], Alignments = [], Codec = "" }, // compares the files' content, not their location
            recipe.Model,
            recipe.Optimizer,
            recipe.Phases,
            Checkpoints = recipe.Checkpoints.AffectingWeights(),
        });
        corpus.AddTo(Conditions);
        Conditions.Add("ranks", _ranks.Count.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Number of elements of the model.</summary>
    public long Parameters => _parameters.Count;

    /// <summary>Memory that training needs at least: weights, gradients and two moments in float32, and the recordings' codes.</summary>
    public long Bytes => (16 * Parameters) + _corpus.Train.Sum(clip => (long)sizeof(int) * clip.Codes.Length);

    internal override IReadOnlyList<TrainingStage> Stages { get; }

    internal override long TotalSteps => _recipe.Steps;

    internal override RunConditions Conditions { get; }

    internal override string MeasuredOn => _corpus.Measured == 0 ? "" : _corpus.ValidationIdentity;

    internal override CheckpointRecipe Checkpoints => _recipe.Checkpoints;

    private SynthesisPhaseRecipe Phase => _recipe.Phases[_recipe.PhaseOf(_step).Phase];

    internal override StepData Begin(long step)
    {
        _step = step;
        var drawn = _sampler.Step(step);
        List<int> mine = [.. Enumerable.Range(0, drawn.Count).Where(i => i % _ranks.Count == _ranks.Rank)];
        var isIdle = mine.Count == 0;
        if (isIdle) mine = [0];
        _totals = (drawn.Sum(clip => (double)clip.Rows), drawn.Sum(clip => (double)clip.Phones.Length));
        _batch = SynthesisBatch.Pack([.. mine.Select(i => drawn[i])], _recipe.Model.Books, Phase.PreviousDropout,
            i => new CounterRandom((ulong)_recipe.Seed ^ Dropouts, unchecked((ulong)step << 16 | (uint)mine[i])), isIdle);
        return new StepData((long)_totals.Frames, _totals.Frames / _corpus.Codec.Config.FrameRate, [.. drawn.Select(clip => clip.Row.Path)]);
    }

    internal override StepLosses Compute(int stage)
    {
        _ops.Begin();
        var losses = Forward(_batch ?? throw new InvalidOperationException("Begin comes first."), _totals, Phase);
        _ops.Backward(_ranks.Observe(_parameters));
        return losses;
    }

    internal override double LearningRate(int stage) => Phase.LearningRate * Phase.Shape().OfUpdate(Math.Max(0, _optimizer.Step - _recipe.PhaseOf(_step).First));

    internal override void WriteModel(string folder)
    {
        AtomicFile.Write(Path.Combine(folder, "config.json"), Encoding.UTF8.GetBytes(SynthesisConfigFile.Write(_model.Config, _corpus.Voices).ToJsonString(Indented) + "\n"));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"),
            [.. _parameters.Parameters.Select(parameter => NewTensor.Floats(parameter.Name, [.. parameter.Shape.Select(axis => (long)axis)], parameter.Value.Span.ToArray(), DType.F16))],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        var codec = Path.Combine(folder, SynthesisConfigFile.CodecFolder);
        Directory.CreateDirectory(codec);
        _corpus.Codec.CopyTo(codec);
    }

    /// <summary>The losses on the validation recordings, of all and by dataset: the mean of the codebooks first, then each, then that of the durations.</summary>
    public IReadOnlyList<(string Name, double Value)> Measure(CancellationToken cancellation = default)
    {
        var all = new List<(string Dataset, double Frames, StepLosses Losses)>();
        _ops.Records = false;
        try
        {
            foreach (var clip in _corpus.Validation)
            {
                cancellation.ThrowIfCancellationRequested();
                _ops.Begin();
                all.Add((clip.Row.Dataset, clip.Rows, Forward(SynthesisBatch.Pack([clip], _recipe.Model.Books), (clip.Rows, clip.Phones.Length), new SynthesisPhaseRecipe { BalanceWeight = 0 })));
            }
        }
        finally
        {
            _ops.Records = true;
        }

        return [.. Means("", all), .. all.GroupBy(clip => clip.Dataset, StringComparer.Ordinal).SelectMany(group => Means(group.Key + ".", [.. group]))];
    }

    public override void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private StepLosses Forward(SynthesisBatch batch, (double Frames, double Phones) totals, SynthesisPhaseRecipe phase)
    {
        var books = _recipe.Model.Books;
        var hidden = _model.Hidden(_ops, batch.Input, batch.Frames);
        var parts = new List<LossPart>();
        for (var book = 0; book < books; book++)
        {
            int[] targets = [.. Enumerable.Range(0, batch.Frames.Rows).Select(row => batch.IsIdle ? CrossEntropyLoss.LeftOut : batch.Codes[row * books + book])];
            var loss = CrossEntropyLoss.Add(_ops, _model.Logits(_ops, hidden, book, batch.Codes), targets, coefficient: 1f / books, divisor: totals.Frames);
            parts.Add(new LossPart($"book_{book + 1}", loss, 1.0 / books));
        }

        var share = batch.IsIdle ? 0 : batch.Phones.Length / totals.Phones;
        var lengths = _model.Durations.Forward(_ops, batch.Phones, batch.Voices, batch.Texts);
        var duration = share * AbsoluteLoss.Add(_ops, lengths, _ops.Input(batch.Durations, batch.Durations.Length, 1), (float)(share * phase.DurationWeight));
        parts.Add(new LossPart("duration", duration, phase.DurationWeight));
        if (phase.BalanceWeight > 0) parts.Add(new LossPart("balance", RouterLosses.AddBalance(_ops, _ops.RoutedLayers, batch.IsIdle ? new byte[batch.Frames.Rows] : default, coefficient: (float)phase.BalanceWeight, ranks: _ranks), phase.BalanceWeight));
        return new StepLosses(parts.Sum(part => part.Weight * part.Value), parts);
    }

    private static IEnumerable<(string, double)> Means(string prefix, List<(string Dataset, double Frames, StepLosses Losses)> clips)
    {
        var frames = clips.Sum(clip => clip.Frames);
        double Mean(Func<StepLosses, double> of) => clips.Sum(clip => clip.Frames * of(clip.Losses)) / frames;
        var parts = clips[0].Losses.Parts;
        var books = parts.Count - 1;
        return [(prefix + "loss", Mean(losses => losses.Parts.Take(books).Average(part => part.Value))), .. parts.Select((part, i) => (prefix + part.Name, Mean(losses => losses.Parts[i].Value)))];
    }

    private static SynthesisModel Build(SynthesisRecipe recipe, SynthesisCorpus corpus, ParameterSet parameters)
    {
        var (sizes, voices, codec) = (recipe.Model, corpus.Voices.Count, corpus.Codec.Config);
        var model = new SynthesisModel(new SynthesisConfig
        {
            Decoder = sizes.Config(SynthesisConfig.VocabularyOf(PhoneSet.Count, voices), 1 << 14),
            Phones = PhoneSet.Count,
            Voices = voices,
            Books = sizes.Books,
            Entries = codec.Entries,
            Dimension = codec.Dimension,
            HeadWidth = sizes.HeadWidth,
            DurationWidth = sizes.DurationWidth,
        }, parameters.Weights);
        foreach (var codebook in model.Codebooks) parameters[codebook.Name].Trained = false;
        return model;
    }

    private void FillCodebooks()
    {
        const int clips = 200;
        var scale = 1 / _corpus.Codec.Deviation(_corpus.Train.Take(clips).Select(clip => clip.Codes), _recipe.Model.Books);
        for (var book = 0; book < _recipe.Model.Books; book++)
        {
            var values = _parameters[_model.Codebooks[book].Name].Value.Span;
            var entries = _corpus.Codec.Entries(book);
            for (var i = 0; i < values.Length; i++) values[i] = (float)(scale * entries[i]);
        }
    }
}
