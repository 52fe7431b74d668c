using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Pretraining;

/// <summary>Training of a Qwen2-MoE language model on text, from scratch, run by <see cref="TrainingLoop"/>.</summary>
public sealed class PretrainingTask : TrainingTask
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly PretrainingRecipe _recipe;
    private readonly TextCorpus _corpus;
    private readonly WorkerPool _pool;
    private readonly TrainingOps _ops;
    private readonly ParameterSet _parameters = new();
    private readonly Qwen2Model _model;
    private readonly Qwen2LanguageModel _language;
    private readonly AdamWOptimizer _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly SupervisedMethod _method;
    private List<TokenDocument> _drawn = [];
    private long _step;

    /// <summary>Builds the model with its initial values.</summary>
    internal PretrainingTask(PretrainingRecipe recipe, TextCorpus corpus, int threads, IRanks? ranks = null)
    {
        (_recipe, _corpus) = (recipe, corpus);
        ranks ??= new OneRank();
        _pool = new WorkerPool(threads);
        _ops = new TrainingOps(_pool);
        _model = new Qwen2Model(recipe.Model.Config(corpus.Tokenizer.Size, TextModelRecipe.Positions), _parameters.Weights);
        _language = new Qwen2LanguageModel(_model);
        _parameters.Allocate(parameter => DecayGroups.Matrices(parameter) && !parameter.Name.EndsWith("embed_tokens.weight", StringComparison.Ordinal));
        Initialisation.Fill(_parameters, (ulong)recipe.Seed);
        _optimizer = new AdamWOptimizer(_parameters, recipe.Optimizer.ToOptions(), _pool);
        _schedule = new LearningRateSchedule(LearningRateRules.OfRun(recipe.Schedule, recipe.Steps));
        _method = new SupervisedMethod(_ops, _language, _parameters, new LanguageModelLossOptions(recipe.Model.BalanceWeight), ranks,
            _ => [(0, new LoadedBatch(TokenBatch.Pack([.. _drawn.Where((_, i) => i % ranks.Count == ranks.Rank)]), []))]);
        Stages = [new TrainingStage("", _parameters, _optimizer)];
        Conditions = RunConditions.Of(new
        {
            task = "language-model",
            recipe.Seed,
            recipe.Steps,
            Data = recipe.Data with { Texts = [], Validation = [] }, // compares the files' content, not their location
            recipe.Model,
            recipe.Optimizer,
            recipe.Schedule,
            Checkpoints = recipe.Checkpoints.AffectingWeights(),
        });
        corpus.AddTo(Conditions);
        Conditions.Add("ranks", ranks.Count.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Number of elements of the model.</summary>
    public long Parameters => _parameters.Count;

    /// <summary>Memory that training needs at least: weights, gradients and two moments in float32, and the sentences.</summary>
    public long Bytes => (16 * Parameters) + (sizeof(int) * (_corpus.Words + 3L * _corpus.Sentences));

    internal override IReadOnlyList<TrainingStage> Stages { get; }

    internal override long TotalSteps => _recipe.Steps;

    internal override RunConditions Conditions { get; }

    internal override string MeasuredOn => _corpus.ValidationIdentity;

    internal override CheckpointRecipe Checkpoints => _recipe.Checkpoints;

    internal override StepData Begin(long step)
    {
        _step = step;
        _drawn = _corpus.Draw((ulong)_recipe.Seed, step);
        _method.Begin(step);
        return new StepData(_drawn.Sum(document => (long)document.Ids.Length), 0, []);
    }

    internal override StepLosses Compute(int stage) => _method.Compute(unchecked((ulong)_recipe.Seed + (ulong)_step));

    internal override double LearningRate(int stage) => _schedule.OfUpdate(_optimizer.Step);

    internal override void WriteModel(string folder)
    {
        Put(folder, "config.json", ModelConfigWriter.Write(_model.Config));
        Put(folder, "generation_config.json", new JsonObject { ["eos_token_id"] = _corpus.Tokenizer.ControlId(TextCorpus.Boundary) });
        foreach (var (name, text) in TokenizerFiles.Texts(_corpus.Tokenizer)) AtomicFile.Write(Path.Combine(folder, name), Encoding.UTF8.GetBytes(text));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"),
            [.. _parameters.Parameters.Select(parameter => NewTensor.Floats(parameter.Name, [.. parameter.Shape.Select(axis => (long)axis)], parameter.Value.Span.ToArray(), DType.F16))],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
    }

    /// <summary>
    /// On the validation sentences: the perplexity per word, sentence ends included, comparable with that of an n-gram model; the loss and perplexity per token.
    /// </summary>
    public IReadOnlyList<(string Name, double Value)> Measure(CancellationToken cancellation = default)
    {
        var (sum, tokens, words) = (0.0, 0L, 0L);
        _ops.Records = false;
        try
        {
            foreach (var some in _corpus.Validation.Chunk(32))
            {
                cancellation.ThrowIfCancellationRequested();
                var batch = TokenBatch.Pack([.. some.Select(sentence => sentence.Document)]);
                _ops.Begin();
                sum -= LabelLogProbabilities.Of(_ops, _language.LabelLogits(_ops, batch), batch.Labels, batch.LabelStarts).Sums.Sum();
                tokens += batch.Labels.Length;
                words += some.Sum(sentence => sentence.Words + 1);
            }
        }
        finally
        {
            _ops.Records = true;
        }

        return [("word_perplexity", Math.Exp(sum / words)), ("loss", sum / tokens), ("perplexity", Math.Exp(sum / tokens))];
    }

    public override void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private static void Put(string folder, string name, JsonObject json) =>
        AtomicFile.Write(Path.Combine(folder, name), Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
}
