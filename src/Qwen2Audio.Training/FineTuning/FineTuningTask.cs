using System.Text.Json;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Fine-tuning of a published model, run by <see cref="TrainingLoop"/>. The caller keeps base model and data.</summary>
public sealed class FineTuningTask : TrainingTask
{
    private readonly Stack<IDisposable> _owned = new();
    private readonly FineTuningRecipe _recipe;
    private readonly BaseModel _base;
    private readonly TuningData _data;
    private readonly TrainedModel _model;
    private readonly TrainingOps _ops;
    private readonly AdamWOptimizer _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly ITuningMethod _method;
    private readonly LostSamples _lost;
    private long _step;

    /// <summary>Builds the trained model with its initial values.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="model">The base model.</param>
    /// <param name="data">The samples.</param>
    /// <param name="path">Path of the recipe, for messages.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    /// <exception cref="RecipeException">The model or the number of ranks does not allow the settings, or there is too little memory.</exception>
    internal FineTuningTask(FineTuningRecipe recipe, BaseModel model, TuningData data, string path, int threads, IRanks? ranks = null)
    {
        (_recipe, _base, _data) = (recipe, model, data);
        ranks ??= new OneRank();
        _lost = new LostSamples(data, recipe.Data.MaxSkippedPercent, ranks);
        try
        {
            Check(recipe, model, data, path, ranks.Count);
            var balance = Balance(recipe, model, path);
            var pool = Own(new WorkerPool(threads));
            _ops = Own(new TrainingOps(pool));
            _ops.Recompute = recipe.Recompute;
            _model = Own(new TrainedModel(model, recipe));
            var average = recipe.Average is { } settings ? Own(new WeightAverage(_model.Parameters, settings.Decay, pool)) : null;
            var adam = recipe.Optimizer.ToOptions() with { Decoupled = recipe.Optimizer.Decoupled };
            _optimizer = new AdamWOptimizer(_model.Parameters, adam, pool) { Average = average };
            _schedule = new LearningRateSchedule(LearningRateRules.OfRun(recipe.Schedule, data.Steps));
            Stages = [new TrainingStage("", _model.Parameters, _optimizer)];
            _method = recipe.Method == FineTuningMethod.Preferences ? Preferences(ranks) : Supervised(balance, ranks);
            Conditions = TuningConditions.Of(recipe, model, data, balance, ranks.Count);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Checks that recipe, model, samples and ranks fit together, without allocating anything.</summary>
    /// <returns>Number of trained elements, and minimum bytes of memory for training.</returns>
    /// <exception cref="RecipeException">They do not fit together, or the machine has too little memory.</exception>
    internal static (long TrainedParameters, long MemoryBytes) Check(FineTuningRecipe recipe, BaseModel model, TuningData data, string path, int ranks = 1)
    {
        Balance(recipe, model, path);
        if (MicroBatchLoader.Count(recipe.Batch.Rows, recipe.Batch.RowsAtOnce) is var pieces && pieces < ranks)
            throw new RecipeException($"{path}: batch.rows {recipe.Batch.Rows} and batch.rows_at_once {recipe.Batch.RowsAtOnce} make {pieces} piece{(pieces == 1 ? "" : "s")} of a step; the {ranks} ranks need at least one each");
        foreach (var group in recipe.Losses.TokenGroups)
            if ((long)group.First + group.Count > model.Text.VocabSize)
                throw new RecipeException($"{path}: losses.token_groups: {group.Name} ends at {(long)group.First + group.Count}; the base has {model.Text.VocabSize} tokens");
        // with epochs, the number of steps is only known here
        foreach (var problem in LearningRateRules.TooLong(LearningRateRules.OfRun(recipe.Schedule, data.Steps), data.Steps)) throw new RecipeException($"{path}: schedule.{problem}");
        var trained = TrainedModel.Count(recipe, model, path);
        if (recipe.Lora is null && model.Source is not ModelFolder)
            throw new RecipeException($"{path}: model.base: {model.Source.Path} is not a model folder, so no new folder can be made from it; train an adapter (lora)");
        if (model.Audio is null && (recipe.Model.TrainAudioTower || recipe.Model.TrainProjector))
            throw new RecipeException($"{path}: model.train_audio_tower and model.train_projector are for models that take audio; the base is a {model.Description.Kind}");
        return (trained, TuningMemory.Require(recipe, model, trained, data, path));
    }

    /// <summary>Number of elements of the whole model.</summary>
    public long Parameters => _base.Description.Parameters;

    /// <summary>Number of trained elements.</summary>
    public long TrainedParameters => _model.Parameters.TrainedCount;

    /// <summary>True when checkpoints hold an adapter rather than a model.</summary>
    public bool MakesAdapter => _model.Adapter is not null;

    /// <summary>Whether there is validation data.</summary>
    public bool Measures => _data.Validation is not null;

    /// <summary>Number of samples that failed to load during training, on all ranks and in all parts of the run.</summary>
    public long LostSamples => _lost.Count;

    /// <summary>Receives the samples lost in each step, of all ranks.</summary>
    public Action<SkippedSample>? Lost { get; set; }

    /// <summary>Samples lost in earlier parts of the run; needed on rank 0.</summary>
    public IReadOnlyList<SkippedSample> LostBefore
    {
        set => _lost.Before(value);
    }

    internal override IReadOnlyList<TrainingStage> Stages { get; }

    internal override long TotalSteps => _data.Steps;

    internal override RunConditions Conditions { get; }

    internal override string MeasuredOn => _data.Validation is not { } samples ? ""
        : samples.Identity + (_recipe.Method == FineTuningMethod.Preferences ? ", loss " + ContentHash.OfLines([JsonSerializer.Serialize(_recipe.Preferences)]) : "");

    internal override CheckpointRecipe Checkpoints => _recipe.Checkpoints;

    /// <inheritdoc/>
    /// <exception cref="CorpusException">More samples fail to load than the recipe allows.</exception>
    internal override StepData Begin(long step)
    {
        _step = step;
        foreach (var lost in _lost.Add(step, _method.Begin(step))) Lost?.Invoke(lost);

        var drawn = _data.Order.Step(step).Samples.ToList();
        return new StepData(
            drawn.Sum(sample => (long)_data.Train.Length(sample.Sample, sample.Epoch)), drawn.Sum(sample => _data.Train.Seconds(sample.Sample)),
            [.. drawn.Select(sample => _data.Train.Name(sample.Sample))]);
    }

    internal override StepLosses Compute(int stage) => _method.Compute(unchecked((ulong)_recipe.Seed * 0x9E3779B97F4A7C15ul + (ulong)_step));

    internal override double LearningRate(int stage) => _schedule.OfUpdate(_optimizer.Step);

    /// <summary>Measures the model that a checkpoint would hold on the validation data; null when there is none.</summary>
    /// <exception cref="OperationCanceledException">Cancelled between two rows.</exception>
    public TuningMeasure? Measure(CancellationToken cancellation = default)
    {
        if (_data.Validation is not { } samples) return null;
        var (records, exported) = (_ops.Records, Exported);
        if (exported is not null) Exchange(exported);
        _ops.Records = false;
        try
        {
            return _method.Measure(samples, ValidationPlans.Of(samples, _recipe.Batch), cancellation) with { Step = _step + 1 };
        }
        finally
        {
            _ops.Records = records;
            if (exported is not null) Exchange(exported);
        }
    }

    internal override void WriteModel(string folder) => TunedFolder.Write(folder, _base, _model, Exported);

    public override void Dispose()
    {
        while (_owned.TryPop(out var item)) item.Dispose();
    }

    private SupervisedMethod Supervised(double balance, IRanks ranks)
    {
        var losses = _recipe.Losses;
        var groups = losses.TokenGroups.Select(group => new TokenGroup(group.Name, group.First, group.Count, (float)group.Weight)).ToList();
        var pieces = Own(new MicroBatchLoader<LoadedBatch>(_data.Order, _recipe.Batch.RowsAtOnce, ranks, (plan, cancellation) =>
        {
            var loaded = _data.Train.Load(plan, cancellation);
            return new LoadedBatch(TokenBatch.Pack(loaded.Documents, groups), loaded.Skipped);
        }));
        return new SupervisedMethod(
            _ops, _model.Language, _model.Parameters, new LanguageModelLossOptions(balance, losses.RouterZ, losses.LabelSmoothing), ranks, pieces.Of);
    }

    private PreferenceMethod Preferences(IRanks ranks)
    {
        var pieces = Own(new MicroBatchLoader<LoadedPairs>(_data.Order, _recipe.Batch.RowsAtOnce, ranks, _data.Train.LoadPairs));
        var reference = _model.Reference(out var owned);
        if (owned is not null) Own(owned);
        var options = new DpoOptions(_recipe.Preferences.Beta, _recipe.Preferences.LabelSmoothing);
        return new PreferenceMethod(
            _ops, _model.Language, reference, _model.Parameters, options, ranks, varied: _recipe.Data.Augmentation is not null, pieces.Of);
    }

    private WeightAverage? Exported => _recipe.Average is { Export: true } ? _optimizer.Average : null;

    // swaps average and weights and back, bit for bit, without memory for a third copy
    private void Exchange(WeightAverage average)
    {
        var weights = _model.Parameters.Values.Span;
        var averages = average.Values.Span;
        for (var i = 0; i < weights.Length; i++) (weights[i], averages[i]) = (averages[i], weights[i]);
    }

    private static double Balance(FineTuningRecipe recipe, BaseModel model, string path)
    {
        if (model.Text.Moe is { NumExperts: > 0 } mixture) return recipe.Losses.Balance ?? mixture.RouterAuxLossCoef;
        if (recipe.Losses.Balance > 0 || recipe.Losses.RouterZ > 0)
            throw new RecipeException($"{path}: losses.balance and losses.router_z are for mixtures of experts; the base is a {model.Description.Kind} without experts");
        return 0;
    }

    private T Own<T>(T item)
        where T : IDisposable
    {
        _owned.Push(item);
        return item;
    }
}
