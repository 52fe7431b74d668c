using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Training.Adapters;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>The base model with its trained part: some weights, or a low-rank adapter. Frozen weights stay mapped in their stored type.</summary>
internal sealed class TrainedModel : IDisposable
{
    private const string AudioTower = "audio_tower.";
    private const string Projector = "multi_modal_projector.";
    private readonly BaseModel _base;
    private readonly LoraAdapters? _adapters;

    public TrainedModel(BaseModel model, FineTuningRecipe recipe)
    {
        _base = model;
        Language = model.Build(Parameters.Weights);
        if (recipe.Lora is null)
        {
            foreach (var parameter in Parameters.Parameters) parameter.Trained = IsTrained(recipe.Model, parameter.Name);
        }
        else
        {
            Parameters.Freeze();
            _adapters = new LoraAdapters(Parameters);
            Adapter = _adapters.Add("default", Config(recipe, recipe.Lora, model));
        }

        Parameters.Allocate(recipe.Optimizer.Decay == DecayChoice.All ? DecayGroups.All : DecayGroups.Matrices, model.Source);
        Parameters.ReadTrained(model.Source);
        Adapter?.Initialise((ulong)recipe.Seed);
        if (_adapters is not null) _adapters.Active = Adapter;
    }

    /// <summary>Number of elements that a recipe trains.</summary>
    /// <exception cref="RecipeException">There are none; says what could be trained.</exception>
    public static long Count(FineTuningRecipe recipe, BaseModel model, string path)
    {
        var tensors = model.Description.Tensors();
        if (recipe.Lora is null)
        {
            var numbers = tensors.Where(tensor => IsTrained(recipe.Model, tensor.Name)).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
            return numbers > 0 ? numbers : throw new RecipeException($"{path}: model: a {model.Description.Kind} model has none of the selected parts; set train_language_model");
        }

        var weights = tensors.Select(tensor => (tensor.Name, Shape: (IReadOnlyList<int>)[.. tensor.Shape.Select(size => (int)size)])).ToList();
        var targets = LoraTarget.Of(Config(recipe, recipe.Lora, model), weights);
        if (targets.Count > 0) return targets.Sum(target => (long)target.Rank * (target.In + target.Out));
        var linear = weights.Where(weight => IsTrained(recipe.Model, weight.Name)).Select(weight => LoraTarget.LinearModule(weight.Name, weight.Shape.Count)).OfType<string>()
            .Select(module => module[(module.LastIndexOf('.') + 1)..]).Distinct(StringComparer.Ordinal);
        throw new RecipeException($"{path}: lora.target_modules ({string.Join(", ", recipe.Lora.TargetModules)}) match no linear layer of the trained parts; allowed: {string.Join(", ", linear)}");
    }

    /// <summary>All parameters.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>The model that is trained.</summary>
    public ILanguageModel Language { get; }

    /// <summary>The adapter; null when weights are trained.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>The model before training: the same model without the adapter, or a second model on the mapped weights.</summary>
    /// <param name="owned">What to dispose with it; null: nothing.</param>
    public ILanguageModel Reference(out IDisposable? owned)
    {
        owned = null;
        if (_adapters is not null) return new WithoutAdapter(Language, _adapters);
        var parameters = new ParameterSet();
        owned = parameters;
        var reference = _base.Build(parameters.Weights);
        parameters.Freeze();
        parameters.Allocate(DecayGroups.All, _base.Source);
        return reference;
    }

    public void Dispose() => Parameters.Dispose();

    internal static bool IsTrained(BaseRecipe model, string name) =>
        name.StartsWith(AudioTower, StringComparison.Ordinal) ? model.TrainAudioTower
        : name.StartsWith(Projector, StringComparison.Ordinal) ? model.TrainProjector : model.TrainLanguageModel;

    private static LoraConfig Config(FineTuningRecipe recipe, LoraRecipe lora, BaseModel model) => new()
    {
        R = lora.R,
        LoraAlpha = lora.Alpha,
        UseRslora = lora.UseRslora,
        LoraDropout = lora.Dropout,
        TargetModules = lora.TargetModules is [var one] && string.Equals(one, ModuleSelector.AllLinear, StringComparison.OrdinalIgnoreCase)
            ? ModuleSelector.Matching(one) : ModuleSelector.Of(lora.TargetModules),
        ExcludeModules = model.Audio is null ? null : Excluded(recipe.Model),
        BaseModel = recipe.Model.Base,
    };

    // untrained parts get no adapter, even if they have layers of the same names
    private static ModuleSelector? Excluded(BaseRecipe model)
    {
        var parts = new[] { ("audio_tower", model.TrainAudioTower), ("multi_modal_projector", model.TrainProjector), ("language_model", model.TrainLanguageModel) }
            .Where(part => !part.Item2).Select(part => part.Item1).ToList();
        return parts.Count == 0 ? null : ModuleSelector.Matching($@"({string.Join('|', parts)})\..*");
    }

    /// <summary>Turns the adapter off during each call.</summary>
    private sealed class WithoutAdapter(ILanguageModel model, LoraAdapters adapters) : ILanguageModel
    {
        public Variable LabelLogits(TrainingOps ops, TokenBatch batch)
        {
            var active = adapters.Active;
            adapters.Active = null;
            try
            {
                return model.LabelLogits(ops, batch);
            }
            finally
            {
                adapters.Active = active;
            }
        }
    }
}
