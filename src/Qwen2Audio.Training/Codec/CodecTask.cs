using Qwen2Audio.Checkpoints;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Quantisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Codec;

/// <summary>Training of our frame-rate codec from a recipe, run by <see cref="TrainingLoop"/>.</summary>
public sealed class CodecTask : TrainingTask
{
    private const ulong Restarts = 0xA5A5_0001;
    private readonly CodecRecipe _recipe;
    private readonly CodecCorpus _corpus;
    private readonly IRanks _ranks;
    private readonly WorkerPool _pool;
    private readonly ParameterSet _parameters = new();
    private readonly FrameCodecNetwork _network;
    private readonly List<Parameter> _encoder;
    private readonly CodebookAverage _averages;
    private readonly CodecLosses _losses;
    private readonly InitialDecoder? _initial;
    private readonly FrozenRecogniser? _teacher;
    private readonly ContentTeacher? _content;
    private readonly CodecStep _codec;
    private readonly CropSampler _sampler;
    private readonly BatchLoader<CropBatch> _crops;
    private readonly TrainingStage _trained;
    private long _step;

    /// <summary>Builds the codec with its initial values; codebooks are initialised before the first step.</summary>
    /// <exception cref="RanksException">There are more ranks than crops in a step.</exception>
    internal CodecTask(CodecRecipe recipe, CodecCorpus corpus, int threads, IRanks? ranks = null)
    {
        (_recipe, _corpus, _ranks) = (recipe, corpus, ranks ?? new OneRank());
        if (_ranks.Count > recipe.Data.Batch) throw new RanksException($"data.batch is {recipe.Data.Batch}: {_ranks.Count} ranks need one crop each.");
        _pool = new WorkerPool(threads);
        _network = new FrameCodecNetwork(recipe.Model, _parameters.Weights);
        _encoder = [.. _parameters.Parameters.Where(parameter => parameter.Name.StartsWith("encoder.", StringComparison.Ordinal))];
        _teacher = recipe.Teacher.Length == 0 ? null : FrozenRecogniser.Open(recipe.Teacher);
        _content = Content(recipe, _teacher, _parameters, _pool);
        _averages = Averages(recipe, _parameters, _network);
        _losses = new CodecLosses(recipe.Losses, recipe.Model.SamplingRate);
        _codec = new CodecStep(_network, _losses, Discriminators(recipe), _pool, _content, Perceptual(recipe, _teacher));
        var adam = recipe.Optimizer.ToOptions();
        CodecInitialisation.Fill(_parameters, recipe);
        var source = recipe.InitialiseFrom.Length == 0 ? null : Initialised(recipe, _parameters);
        _initial = recipe.InitialShare > 0 ? new InitialDecoder(_parameters, (float)recipe.InitialShare) : null;
        Initialisation.Fill(_codec.Discriminators, (ulong)recipe.Seed);
        var hasDiscriminators = recipe.Discriminator is not null;
        _trained = new TrainingStage(hasDiscriminators ? "codec" : "", _parameters, new AdamWOptimizer(_parameters, adam, _pool));
        Stages = hasDiscriminators
            ? [new TrainingStage("discriminator", _codec.Discriminators, new AdamWOptimizer(_codec.Discriminators, adam, _pool)), _trained] : [_trained];
        _sampler = new CropSampler(recipe, corpus.Train);
        var last = TotalSteps - 1; // the loader is ahead of the last step too
        _crops = new BatchLoader<CropBatch>((step, _) => _sampler.Draw(Math.Min(step, last), _ranks), new LoaderOptions { Threads = 1, Ahead = 2 });
        Conditions = ConditionsOf(recipe, corpus);
        if (_teacher is not null) Conditions.Add("teacher", _teacher.Hash);
        if (source is not null) Conditions.Add("initialise_from", source);
        if (_initial is not null) Conditions.Add("initial_share", recipe.InitialShare.ToString(CultureInfo.InvariantCulture));
        Conditions.Add("ranks", _ranks.Count.ToString(CultureInfo.InvariantCulture));
    }

    internal override IReadOnlyList<TrainingStage> Stages { get; }

    internal override long TotalSteps => _recipe.Steps;

    internal override RunConditions Conditions { get; }

    internal override string MeasuredOn => _corpus.Measured == 0 ? "" : $"{_corpus.ValidationIdentity}, loss {_losses.Identity}";

    internal override CheckpointRecipe Checkpoints => _recipe.Checkpoints;

    /// <summary>Number of elements of the codec, including codebooks.</summary>
    public long Parameters => _parameters.Parameters.Where(CodecFolder.IsShipped).Sum(parameter => parameter.Length);

    /// <summary>Number of elements of a recipe's codec, including codebooks, and minimum bytes for training it on a corpus.</summary>
    internal static (long Parameters, long Bytes) Needs(CodecRecipe recipe, CodecCorpus corpus)
    {
        const int bytesOfParameter = 16; // four blocks of float32
        using var parameters = new ParameterSet();
        using var discriminators = new ParameterSet();
        using var pool = new WorkerPool(1);
        var network = new FrameCodecNetwork(recipe.Model, parameters.Weights);
        using var teacher = recipe.Teacher.Length == 0 ? null : FrozenRecogniser.Open(recipe.Teacher);
        using var content = Content(recipe, teacher, parameters, pool);
        Perceptual(recipe, teacher);
        Averages(recipe, parameters, network, allocate: false);
        if (recipe.InitialiseFrom.Length > 0 && !RecipePath.IsOpen(recipe.InitialiseFrom)) CodecFolder.Open(recipe.InitialiseFrom, recipe.Model, parameters).Dispose();
        if (Discriminators(recipe) is { } sizes) _ = new CodecDiscriminators(sizes, discriminators.Weights);
        var model = recipe.Model;
        long frames = recipe.Data.Batch * CodecRecipeRules.CropSamples(recipe) / model.Hop;
        var step = 2L * sizeof(float) * frames * (model.EncoderBlocks * (4L * model.EncoderWidth + 2L * model.EncoderInner) + model.DecoderBlocks * (4L * model.DecoderWidth + 2L * model.DecoderInner));
        return (parameters.Parameters.Where(CodecFolder.IsShipped).Sum(parameter => parameter.Length),
            bytesOfParameter * (parameters.Count + discriminators.Count) + 2 * corpus.Samples + step);
    }

    private CodecPhaseRecipe Phase => _recipe.Phases[_recipe.PhaseOf(_step).Phase];

    internal override StepData Begin(long step)
    {
        _step = step;
        foreach (var parameter in _encoder) parameter.Trained = !Phase.DecoderOnly;
        if (step == 0) CodecInitialisation.FillCodebooks(_network.Model, _averages, _codec.Ops, _sampler, _recipe);
        var crops = _crops.Of(step);
        _codec.Begin(crops.Sounds, crops.Books.Length, crops.Books, (double)crops.Books.Length / _recipe.Data.Batch);
        var samples = (long)_sampler.Samples * _recipe.Data.Batch;
        return new StepData(samples / _recipe.Model.Hop, (double)samples / _recipe.Model.SamplingRate, crops.Names);
    }

    internal override bool Trains(int stage) => Stages[stage] == _trained || Phase.Adversarial;

    internal override StepLosses Compute(int stage)
    {
        var observer = _ranks.Observe(Stages[stage].Parameters);
        return Stages[stage] == _trained ? _codec.ComputeCodec(observer, Phase.Adversarial) : _codec.ComputeDiscriminators(observer);
    }

    internal override void Updated(int stage)
    {
        if (Stages[stage] != _trained || Phase.DecoderOnly) return;
        _averages.Update(_codec.Ops, _ranks);
        var quantiser = _recipe.Quantiser;
        if (quantiser.RestartBelow > 0)
            _averages.Restart(_codec.Ops, quantiser.RestartBelow, quantiser.RestartCount, new CounterRandom((ulong)_recipe.Seed ^ Restarts, (ulong)_step), _ranks);
    }

    internal override double LearningRate(int stage)
    {
        var peak = Stages[stage] == _trained ? Phase.LearningRate : _recipe.Discriminator!.LearningRate;
        return peak * Phase.Shape().OfUpdate(Math.Max(0, _trained.Optimizer.Step - _recipe.PhaseOf(_step).First));
    }

    internal override void WriteModel(string folder)
    {
        using var published = _initial?.Blend();
        CodecFolder.Write(folder, _recipe.Model, _parameters, _recipe.Stored);
    }

    /// <summary>Measures the reconstructions of the validation recordings with all codebooks, by dataset.</summary>
    /// <param name="reconstructed">Called with a recording's dataset, its samples, and the samples of its reconstruction.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>Means of the losses without discriminators, and their weighted sum as <c>loss</c>.</returns>
    public IReadOnlyList<CodecMetrics> Measure(Action<string, float[], float[]>? reconstructed = null, CancellationToken cancellation = default)
    {
        using var published = _initial?.Blend();
        var results = new List<CodecMetrics>();
        foreach (var group in _corpus.Validation.GroupBy(clip => clip.Row.Dataset, StringComparer.Ordinal))
        {
            var sums = new List<LossPart>();
            foreach (var clip in group)
            {
                cancellation.ThrowIfCancellationRequested();
                var parts = Measure(clip, reconstructed);
                sums = sums.Count == 0 ? parts : [.. sums.Zip(parts, (sum, part) => sum with { Value = sum.Value + part.Value })];
            }

            var count = group.Count();
            List<(string, double)> figures = [.. sums.Select(part => (part.Name, part.Value / count))];
            results.Add(new CodecMetrics(group.Key, count, [("loss", sums.Sum(part => part.Weight * part.Value) / count), .. figures]));
        }

        return results;
    }

    public override void Dispose()
    {
        _crops.Dispose();
        _codec.Dispose();
        _content?.Dispose();
        _teacher?.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private List<LossPart> Measure(CodecClip clip, Action<string, float[], float[]>? reconstructed)
    {
        var (ops, hop) = (_codec.Ops, _recipe.Model.Hop);
        var samples = clip.Samples.Length;
        var sound = new float[(samples + hop - 1) / hop * hop];
        clip.CopyTo(0, sound.AsSpan(0, samples), 1);
        ops.Records = false;
        try
        {
            ops.Begin();
            var output = _network.Forward(ops, ops.Input(sound, sound.Length, 1), Layout.Of(sound.Length), []).Sound.Value.Span[..samples].ToArray();
            reconstructed?.Invoke(clip.Row.Dataset, sound[..samples], output);
            ops.Begin();
            return _losses.Add(ops, ops.Input(output, 1, samples), ops.Input(sound.AsSpan(0, samples), 1, samples), 1);
        }
        finally
        {
            ops.Records = true;
        }
    }

    private static CodebookAverage Averages(CodecRecipe recipe, ParameterSet parameters, FrameCodecNetwork network, bool allocate = true)
    {
        var (model, weights) = (recipe.Model, parameters.Weights.Sub(CodecFolder.Averages));
        var books = Enumerable.Range(0, model.Books).ToList();
        List<IWeight> sizes = [.. books.Select(book => weights.Get($"{book}.cluster_size", model.Entries))];
        List<IWeight> sums = [.. books.Select(book => weights.Get($"{book}.sum", model.Entries, model.Dimension))];
        if (allocate) parameters.Allocate(DecayGroups.Matrices);
        return new CodebookAverage([.. network.Model.Quantiser.Stages.Select(stage => stage.Codebook)], sizes, sums, recipe.Quantiser.Decay, recipe.Quantiser.Epsilon);
    }

    /// <summary>Takes the weights of another codec, and returns their SHA-256.</summary>
    private static string Initialised(CodecRecipe recipe, ParameterSet parameters)
    {
        using var source = CodecFolder.Open(recipe.InitialiseFrom, recipe.Model, parameters);
        parameters.ReadTrained(source);
        return source.ReadIdentity().Sha256;
    }

    private static ContentTeacher? Content(CodecRecipe recipe, FrozenRecogniser? teacher, ParameterSet parameters, WorkerPool pool) =>
        recipe.Losses.Content > 0 ? new ContentTeacher(teacher!, parameters.Weights, recipe.Model.Dimension, pool) : null;

    private static PerceptualLoss? Perceptual(CodecRecipe recipe, FrozenRecogniser? teacher)
    {
        var losses = recipe.Losses;
        if (losses.Perceptual + losses.Posteriors == 0) return null;
        var (config, blocks) = (teacher!.Encoder.Config, losses.PerceptualBlocks ?? []);
        if (Array.Find(blocks, block => block > config.EncoderLayers) is > 0 and var block)
            throw new RecipeException($"losses.perceptual_blocks has {block}: 1…{config.EncoderLayers} is allowed, the blocks of {recipe.Teacher}");
        if (losses.Posteriors > 0 && config.CtcVocabSize + config.PhoneVocabSize == 0)
            throw new RecipeException($"losses.posteriors is {losses.Posteriors}: 0 is allowed, since {recipe.Teacher} has no CTC head");
        return new PerceptualLoss(teacher.Encoder, teacher.Mean, teacher.Deviation, blocks);
    }

    private static DiscriminatorConfig? Discriminators(CodecRecipe recipe) => recipe.Discriminator is not { } sizes ? null
        : new DiscriminatorConfig { Periods = sizes.Periods, Windows = sizes.Windows, Channels = sizes.Channels, Layers = sizes.Layers };

    private static RunConditions ConditionsOf(CodecRecipe recipe, CodecCorpus corpus)
    {
        var conditions = RunConditions.Of(new
        {
            task = "codec",
            recipe.Seed,
            Data = recipe.Data with { Manifests = [] }, // compares the files' content, not their location
            recipe.Quantiser,
            recipe.Losses,
            recipe.Discriminator,
            recipe.Optimizer,
            recipe.Phases,
            Checkpoints = recipe.Checkpoints.AffectingWeights(),
        });
        conditions.Add("model", FrameCodecConfigFile.Write(recipe.Model).ToJsonString());
        corpus.AddTo(conditions);
        return conditions;
    }
}
