using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech.Phones;
using Qwen2Audio.Training.Speech.Sampling;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// Training of the small speech model from a recipe, run by <see cref="TrainingLoop"/>.
/// </summary>
public sealed class SpeechTask : TrainingTask
{
    private readonly SpeechRecipe _recipe;
    private readonly SpeechCorpus _corpus;
    private readonly WorkerPool _pool;
    private readonly TrainingOps _ops;
    private readonly ParameterSet _parameters = new();
    private readonly Qwen2AudioModel _model;
    private readonly PromptTokens _tokens;
    private readonly AdamWOptimizer _optimizer;
    private readonly BatchLoader<DrawnStep> _steps;
    private readonly StreamingSteps _streaming;
    private readonly IRanks _ranks;
    private readonly SynthesisCorpus? _spoken;
    private readonly SpeakingPart? _speaking;
    private long _step;
    private SpeechBatch? _batch;
    private SpeechTotals _totals;

    /// <summary>Builds the model with its initial values.</summary>
    internal SpeechTask(SpeechRecipe recipe, SpeechCorpus corpus, int threads, IRanks? ranks = null, SynthesisCorpus? spoken = null)
    {
        (_recipe, _corpus, _ranks) = (recipe, corpus, ranks ?? new OneRank());
        _pool = new WorkerPool(threads);
        _ops = new TrainingOps(_pool);
        _tokens = SpeechTokens.Of(corpus.Tokenizer);
        if ((recipe.Speak is null) != (spoken is null)) throw new ArgumentException("Recordings to be spoken belong to a recipe with the section speak.", nameof(spoken));
        Config = SpeechModelSizes.Of(recipe.Model, _tokens.VocabSize, _tokens.Audio, recipe.Streaming,
            spoken is null ? null : SpeakingPart.ConfigOf(recipe.Speak!, spoken, _tokens.VocabSize));
        _model = new Qwen2AudioModel(Config, _parameters.Weights);
        foreach (var codebook in _model.Synthesis?.Codebooks ?? []) _parameters[codebook.Name].Trained = false;
        List<Parameter> frozen = recipe.Model.FreezeEncoder ? [.. _parameters.Parameters.Where(SpeechModelSizes.IsOfEncoder)] : [];
        foreach (var parameter in frozen) parameter.Trained = false;
        _parameters.Allocate(SpeechModelSizes.Decays);
        Initialisation.Fill(_parameters, (ulong)recipe.Seed);
        if (recipe.Model.InitialiseFrom is { } from) WarmStart = WarmStart.Of(from, _parameters, corpus.Tokenizer, Config.Synthesis);
        WarmStart?.RequireFrozen(frozen, Config.AudioConfig);
        if (spoken is not null) (_spoken, _speaking) = (spoken, new SpeakingPart(recipe.Speak!, spoken, (ulong)recipe.Seed, _ranks));
        _speaking?.FillCodebooks(_model.Synthesis!, _parameters);
        _speaking?.EmbedSpeakers(_ops, _model.Synthesis!);
        _optimizer = new AdamWOptimizer(_parameters, recipe.Optimizer.ToOptions(), _pool);
        Stages = [new TrainingStage("", _parameters, _optimizer)];
        _streaming = new StreamingSteps(recipe.Streaming, corpus.Scale, (ulong)recipe.Seed);
        var sampler = SpeechSampling.Sampler(recipe, corpus);
        // one pool ahead: the next one is created while this one is in use
        _steps = new BatchLoader<DrawnStep>((step, cancellation) => Load(step, sampler.Step(step, cancellation)), new LoaderOptions { Threads = 1, Ahead = sampler.PoolBatches });
        Conditions = SpeechConditions.Of(recipe, corpus);
        if (WarmStart is not null) Conditions.Add("model.initialise_from", WarmStart.Digest);
        spoken?.AddTo(Conditions);
        Conditions.Add("ranks", _ranks.Count.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The model's sizes.</summary>
    internal Qwen2AudioConfig Config { get; }

    /// <summary>What the initial values were taken from; null: they are random.</summary>
    public WarmStart? WarmStart { get; }

    /// <summary>Number of trained elements.</summary>
    public long Parameters => _parameters.Count;

    internal override IReadOnlyList<TrainingStage> Stages { get; }

    internal override long TotalSteps => _recipe.Phases.Sum(phase => (long)phase.Steps);

    internal override RunConditions Conditions { get; }

    private PhaseRecipe Phase => _recipe.Phases[_recipe.PhaseOf(_step).Phase];

    internal override string MeasuredOn => SpeechValidation.Identity(_recipe.Data, Splits.Validation) + (_spoken is { Measured: > 0 } ? $", spoken: {_spoken.ValidationIdentity}" : "");

    internal override CheckpointRecipe Checkpoints => _recipe.Checkpoints;

    internal override StepData Begin(long step)
    {
        _step = step;
        if (_recipe.PhaseOf(step).First == step) StartPhase();
        var drawn = _steps.Of(step);
        (_batch, _totals) = (drawn.Mine, SpeechTotals.Of(drawn.Mine, _ranks));
        var heard = new StepData((long)_totals.Rows, drawn.Seconds, drawn.Names);
        if (_speaking?.Begin(Config.Synthesis!, step) is not { } spoken) return heard;
        return new StepData(heard.Tokens + spoken.Tokens, heard.SecondsOfAudio + spoken.SecondsOfAudio, [.. heard.Samples, .. spoken.Samples]);
    }

    // rank r takes clips r, r + ranks, …
    private DrawnStep Load(long step, IReadOnlyList<TrainingExample> examples)
    {
        var chunks = _streaming.Of(step);
        var mine = new List<EncodedExample>();
        for (var i = _ranks.Rank; i < examples.Count; i += _ranks.Count)
        {
            var example = SpeechTokens.Encode(_corpus.Tokenizer, examples[i]) with { DecoderWeight = DecoderWeight(examples[i]) };
            mine.Add(chunks is { Rows: var rows } ? example with { Features = _streaming.Level(example.Features, rows * _model.Encoder.Stride, step, i) } : example);
        }

        var batch = mine.Count > 0 ? SpeechBatch.Pack(mine, _model.Encoder, _tokens, chunks)
            : SpeechBatch.Idle(SpeechTokens.Encode(_corpus.Tokenizer, examples[0]), _model.Encoder, _tokens);
        return new DrawnStep(batch, examples.Sum(example => example.Frames) / 100.0, [.. examples.Select(example => example.Name)]);
    }

    private float DecoderWeight(TrainingExample example) =>
        example.Task == TaskKind.Transcribe && _recipe.Data.Datasets.TryGetValue(example.Dataset, out var dataset) ? (float)dataset.DecoderWeight : 1;

    internal override StepLosses Compute(int stage)
    {
        var batch = _batch ?? throw new InvalidOperationException("Begin comes first.");
        var phase = Phase;
        var ramp = phase.RampSteps == 0 ? 1 : Math.Min(1, (_step - _recipe.PhaseOf(_step).First) / (double)phase.RampSteps);
        var seed = unchecked((ulong)_recipe.Seed * 0x9E3779B97F4A7C15ul + (ulong)_step + ((ulong)_ranks.Rank << 40));
        _ops.Begin(seed);
        _ops.DropoutRate = (float)(phase.Dropout * ramp);
        var weights = new LossWeights(
            phase.DecoderWeight, phase.CtcStart + (phase.CtcWeight - phase.CtcStart) * ramp, phase.PhoneWeight, phase.BalanceWeight,
            phase.LabelSmoothing, phase.TokenNoise)
        { RouterZ = phase.RouterZWeight, IsEncoderFrozen = _recipe.Model.FreezeEncoder };
        var losses = SpeechStep.Forward(_ops, _model, batch, _tokens, weights, seed, _totals, _ranks, _speaking);
        _ops.Backward(_ranks.Observe(_parameters));
        return losses;
    }

    internal override double LearningRate(int stage) => new LearningRateSchedule(Phase.Rates).OfUpdate(_optimizer.Step);

    internal override void WriteModel(string folder)
    {
        SpeechModelFolder.Write(folder, Config, _parameters, _corpus, DType.F16);
        _spoken?.Codec.CopyTo(Directory.CreateDirectory(Path.Combine(folder, SynthesisConfigFile.CodecFolder)).FullName);
        if (MeanPhones.Of(_ops, _model.Encoder, _corpus) is { } priors) PhonePriors.Write(Path.Combine(folder, PhonePriors.FileName), priors);
    }

    /// <summary>The losses of speaking on the validation recordings whose voice is trained: of all and by dataset. None if the model does not speak.</summary>
    public IReadOnlyList<(string Name, double Value)> MeasureSpeaking(CancellationToken cancellation = default) => _speaking?.Measure(_ops, _model.Synthesis!, cancellation) ?? [];

    public override void Dispose()
    {
        _steps.Dispose();
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private void StartPhase()
    {
        _parameters.FirstMoments.Clear();
        _parameters.SecondMoments.Clear();
        _optimizer.Step = 0;
    }

    /// <summary>A step's clips: this rank's batch, and the total length and names of all.</summary>
    private sealed record DrawnStep(SpeechBatch Mine, double Seconds, IReadOnlyList<string> Names);
}
