using System.Diagnostics;
using Qwen2Audio.Model;
using Qwen2Audio.Numerics;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// Trains the small speech model by a recipe. Everything that a step does follows from the recipe's seed and the step's number, so a run
/// that was cut off and resumed ends with the same bits as one that was not.
/// </summary>
public sealed class SpeechTrainer : IDisposable
{
    private const int MostSkippedInARow = 20;
    private readonly SpeechRecipe _recipe;
    private readonly SpeechCorpus _corpus;
    private readonly RunFolder _run;
    private readonly RunConditions _conditions;
    private readonly WorkerPool _pool;
    private readonly TrainingOps _ops;
    private readonly ParameterSet _parameters = new();
    private readonly Qwen2AudioModel _model;
    private readonly PromptTokens _tokens;
    private readonly AdamWOptimizer _optimizer;
    private readonly BatchSampler _sampler;
    private int _skippedInARow;
    private bool _tellingFails;

    /// <summary>Builds the model and, if the run has a checkpoint, goes on from the newest one that is whole.</summary>
    public SpeechTrainer(SpeechRecipe recipe, SpeechCorpus corpus, RunFolder run, int threads)
    {
        (_recipe, _corpus, _run) = (recipe, corpus, run);
        _pool = new WorkerPool(threads);
        _ops = new TrainingOps(_pool);
        _tokens = SpeechTokens.Of(corpus.Tokenizer);
        Config = SpeechModelSizes.Of(recipe.Model, _tokens.VocabSize, _tokens.Audio);
        _model = new Qwen2AudioModel(Config, _parameters.Weights);
        _parameters.Allocate(SpeechModelSizes.Decays);
        Initialisation.Fill(_parameters, (ulong)recipe.Seed);
        var options = recipe.Optimizer;
        _optimizer = new AdamWOptimizer(_parameters, new AdamWOptions(
            options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay, options.MaxGradientNorm), _pool);
        _sampler = Sampler(recipe, corpus);
        _conditions = RunConditions.Of(recipe, corpus);
        Resumed = SpeechCheckpoint.Restore(run, _conditions, _parameters, _optimizer, out var step);
        Step = step;
        _sampler.Restore(step);
    }

    /// <summary>The model's sizes.</summary>
    public Qwen2AudioConfig Config { get; }

    /// <summary>Trained numbers.</summary>
    public long Parameters => _parameters.Count;

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Steps of all phases.</summary>
    public long TotalSteps => _recipe.Phases.Sum(phase => (long)phase.Steps);

    /// <summary>True when a checkpoint was found; notes that belong to it are in <see cref="SpeechCheckpoint"/>'s warnings.</summary>
    public bool Resumed { get; }

    /// <summary>Steps whose gradient was not finite, and which therefore changed nothing.</summary>
    public int SkippedSteps { get; private set; }

    /// <summary>
    /// Trains to the end, or until <paramref name="cancellation"/> (then after the step in progress); saves either way. A file error of
    /// <paramref name="report"/> or <paramref name="saved"/> is a warning of the run, not its end.
    /// </summary>
    /// <param name="report">Called after every step.</param>
    /// <param name="saved">Called with the folder of each checkpoint; true for one to be measured.</param>
    /// <param name="cancellation">Asks to stop after the step in progress.</param>
    public void Run(Action<StepReport>? report = null, Action<string, bool>? saved = null, CancellationToken cancellation = default)
    {
        var checkpoints = _recipe.Checkpoints;
        var lastSaved = Step;
        while (Step < TotalSteps && !cancellation.IsCancellationRequested)
        {
            var done = One();
            _run.Log(done.ToJson());
            Tell(() => report?.Invoke(done));
            var measure = checkpoints.EvaluateEvery > 0 && Step % checkpoints.EvaluateEvery == 0;
            if (Step % checkpoints.SaveEvery != 0 && !measure && Step != TotalSteps) continue;
            var folder = Save();
            Tell(() => saved?.Invoke(folder, measure || Step == TotalSteps));
            lastSaved = Step;
        }

        if (lastSaved == Step) return;
        var last = Save();
        Tell(() => saved?.Invoke(last, false));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    // a display or a log that fails is no reason to lose a run
    private void Tell(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_tellingFails) _run.Warn($"Progress cannot be shown, training goes on: {exception.Message}");
            _tellingFails = true;
        }
    }

    private StepReport One()
    {
        var watch = Stopwatch.StartNew();
        var (phase, phaseStep) = PhaseOf(Step);
        if (phaseStep == 0) StartPhase();
        var ramp = phase.RampSteps == 0 ? 1 : Math.Min(1, phaseStep / (double)phase.RampSteps);
        var drawn = _sampler.Next();
        var examples = drawn.Examples.Select(example => SpeechTokens.Encode(_corpus.Tokenizer, example)).ToList();
        var batch = SpeechBatch.Pack(examples, _model.Encoder, _tokens);

        _parameters.Gradients.Clear();
        var seed = unchecked((ulong)_recipe.Seed * 0x9E3779B97F4A7C15ul + (ulong)Step);
        _ops.Begin(seed);
        _ops.DropoutRate = (float)(phase.Dropout * ramp);
        var weights = new LossWeights(
            phase.DecoderWeight, phase.CtcStart + (phase.CtcWeight - phase.CtcStart) * ramp, phase.PhoneWeight, phase.BalanceWeight,
            phase.LabelSmoothing, phase.TokenNoise)
        {
            RouterZ = phase.RouterZWeight,
        };
        var losses = SpeechStep.Forward(_ops, _model, batch, _tokens, weights, seed);
        _ops.Backward();
        var norm = _optimizer.GradientNorm();
        var rate = phase.LearningRate * new Schedule(phase.Schedule, phase.WarmupSteps, phase.Steps, phase.FinalRatio).Factor(phaseStep + 1);
        if (double.IsFinite(norm) && double.IsFinite(losses.Total)) Update(rate, norm);
        else Skip();
        Step++;
        return new StepReport(
            Step, TotalSteps, losses, norm, rate, batch.Frames.Rows / 100.0, batch.Tokens.Rows, watch.Elapsed.TotalSeconds, SkippedSteps);
    }

    private void StartPhase()
    {
        _parameters.FirstMoments.Clear();
        _parameters.SecondMoments.Clear();
        _optimizer.Step = 0;
    }

    private void Update(double rate, double norm)
    {
        _optimizer.Update(rate, norm);
        _skippedInARow = 0;
    }

    private void Skip()
    {
        SkippedSteps++;
        if (++_skippedInARow >= MostSkippedInARow)
            throw new RunException($"{_skippedInARow} steps in a row had no finite gradient (the last one: {Step}); lower the learning rate. The checkpoints are intact.");
    }

    private string Save() => _run.Save(Step, _recipe.Checkpoints.Keep,
        folder => SpeechCheckpoint.Write(folder, Step, Config, _conditions, _parameters, _optimizer, _corpus));

    private (PhaseRecipe Phase, long Step) PhaseOf(long step)
    {
        foreach (var phase in _recipe.Phases)
        {
            if (step < phase.Steps) return (phase, step);
            step -= phase.Steps;
        }

        throw new ArgumentOutOfRangeException(nameof(step), step, "Beyond the last phase.");
    }

    private static BatchSampler Sampler(SpeechRecipe recipe, SpeechCorpus corpus)
    {
        var unusable = recipe.Phases.SelectMany(phase => phase.Draws.Keys).Where(name => name != "noise").Distinct(StringComparer.Ordinal)
            .FirstOrDefault(name => corpus.Clips.All(clip => DrawSource.GroupOf(clip.Row.Dataset) != name));
        if (unusable is not null) throw new RunException($"draws of the recipe name {unusable}, of which no clip could be used.");
        return new BatchSampler(
            new ExampleMaker(corpus.Clips, corpus.Scale, new AugmentationOptions(), (ulong)recipe.Seed), SamplerOptions(recipe));
    }

    private static BatchSamplerOptions SamplerOptions(SpeechRecipe recipe)
    {
        var phases = new List<SamplingPhase>();
        long first = 0;
        foreach (var phase in recipe.Phases)
        {
            phases.Add(new SamplingPhase
            {
                FirstBatch = first,
                Weights = phase.Draws,
                Classify = recipe.Data.ClassifyShare,
                FirstStrength = phase.RampSteps == 0 ? phase.Augmentation : 0,
                LastStrength = phase.Augmentation,
                RampBatches = phase.RampSteps,
            });
            first += phase.Steps;
        }

        return new BatchSamplerOptions { MaxFrames = recipe.Data.FramesPerBatch, Seed = (ulong)recipe.Seed, Phases = phases };
    }
}
