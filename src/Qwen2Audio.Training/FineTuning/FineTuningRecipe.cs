using Qwen2Audio.Training.Data.Augmentations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>What a fine-tuning run learns from.</summary>
public enum FineTuningMethod
{
    /// <summary>Conversations: the loss is on what the assistant says.</summary>
    Supervised,

    /// <summary>Pairs of answers of which one is preferred (direct preference optimisation).</summary>
    Preferences,
}

/// <summary>Everything that decides a fine-tuning run; read from YAML by <see cref="FineTuningFile"/>.</summary>
[RecipeOf("finetune")]
public sealed record FineTuningRecipe
{
    /// <summary>What is learned from.</summary>
    public FineTuningMethod Method { get; init; }

    /// <summary>Fixes data order, augmentation, dropout and an adapter's starting numbers.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Steps of the run; instead of <see cref="Epochs"/>.</summary>
    public int? Steps { get; init; }

    /// <summary>How often all samples are seen.</summary>
    public double? Epochs { get; init; }

    public BaseRecipe Model { get; init; } = new();

    /// <summary>Train a low-rank adapter and not the weights; absent: the weights.</summary>
    public LoraRecipe? Lora { get; init; }

    public TuningDataRecipe Data { get; init; } = new();

    public BatchRecipe Batch { get; init; } = new();

    public TuningOptimizerRecipe Optimizer { get; init; } = new();

    /// <summary>Names as in transformers; the end is that of the run unless given.</summary>
    public LearningRateSettings Schedule { get; init; } = new();

    /// <summary>Keep an exponential average of the weights; absent: none.</summary>
    public AverageRecipe? Average { get; init; }

    public TuningLossRecipe Losses { get; init; } = new();

    public PreferenceRecipe Preferences { get; init; } = new();

    /// <summary>Compute each layer twice instead of keeping its results: less memory, about a third more work, the same bits.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Recompute { get; init; }

    public CheckpointRecipe Checkpoints { get; init; } = new();
}

/// <summary>The model that training begins with.</summary>
public sealed record BaseRecipe
{
    /// <summary>A folder, relative to the recipe's, or the name of a downloaded model.</summary>
    public string Base { get; init; } = "";

    /// <summary>How conversations are written, by a template's name; as the model's folder says unless given.</summary>
    public string? Template { get; init; }

    /// <summary>Train the language model.</summary>
    public bool TrainLanguageModel { get; init; } = true;

    /// <summary>Train the projector of Qwen2-Audio.</summary>
    public bool TrainProjector { get; init; }

    /// <summary>Train the audio encoder of Qwen2-Audio.</summary>
    public bool TrainAudioTower { get; init; }
}

/// <summary>A low-rank adapter, as peft has it.</summary>
public sealed record LoraRecipe
{
    /// <summary>Rank.</summary>
    public int R { get; init; } = 8;

    /// <summary>The product is multiplied by this over the rank.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Share of an input that the adapter does not see while it is trained.</summary>
    public double Dropout { get; init; }

    /// <summary>Linear layers by name or end of name; all-linear alone: every one but the head.</summary>
    public string[] TargetModules { get; init; } = ["q_proj", "k_proj", "v_proj", "o_proj"];

    /// <summary>Divide by the root of the rank.</summary>
    public bool UseRslora { get; init; }
}

/// <summary>Conversations. Paths are relative to the recipe's folder.</summary>
public sealed record TuningDataRecipe
{
    /// <summary>Files to train on, a JSON object a line.</summary>
    public string[] Train { get; init; } = [];

    /// <summary>Files to measure on while training; may be absent.</summary>
    public string[] Validation { get; init; } = [];

    /// <summary>Most tokens of a conversation, audio included; longer ones are left out. The model's context unless given.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How clips are varied when they are drawn; absent: not at all.</summary>
    public WaveAugmentationOptions? Augmentation { get; init; }

    /// <summary>How many per cent of the samples may be unusable before the run is refused.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double MaxSkippedPercent { get; init; } = 5;
}

/// <summary>How samples become steps.</summary>
public sealed record BatchRecipe
{
    /// <summary>How rows are filled.</summary>
    public RowFilling Filling { get; init; } = RowFilling.Pack;

    /// <summary>Most tokens of a row with several samples; of a pair both endings count.</summary>
    public int RowTokens { get; init; } = 1024;

    /// <summary>Rows of a step, of all ranks together.</summary>
    public int Rows { get; init; } = 8;

    /// <summary>Rows that are computed at once: gradients of a step add up over rows / rows_at_once passes. Decides what memory is needed.</summary>
    public int RowsAtOnce { get; init; } = 1;

    /// <summary>Another order in each epoch.</summary>
    public bool Shuffle { get; init; } = true;
}

/// <summary>Which parameters decay.</summary>
public enum DecayChoice
{
    /// <summary>Those of two and more dimensions.</summary>
    Matrices,

    /// <summary>Every one.</summary>
    All,
}

/// <summary>Constants of AdamW.</summary>
public sealed record TuningOptimizerRecipe
{
    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; }

    /// <summary>Which parameters decay.</summary>
    public DecayChoice Decay { get; init; }

    /// <summary>False: Adam with L2.</summary>
    public bool Decoupled { get; init; } = true;

    /// <summary>Gradients are clipped to this norm; 0: not at all.</summary>
    public double MaxGradientNorm { get; init; } = 1;
}

/// <summary>An exponential average of the weights.</summary>
public sealed record AverageRecipe
{
    /// <summary>How much of the old average stays at an update.</summary>
    public double Decay { get; init; } = 0.999;

    /// <summary>The average is what checkpoints hold as the model, and what is measured.</summary>
    public bool Export { get; init; } = true;
}

/// <summary>Losses of supervised training beside that of the tokens.</summary>
public sealed record TuningLossRecipe
{
    /// <summary>Factor of the router's balance loss; the base's router_aux_loss_coef unless given.</summary>
    public double? Balance { get; init; }

    /// <summary>Factor of the router's z loss.</summary>
    public double RouterZ { get; init; }

    /// <summary>Share of each target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Tokens that weigh otherwise than 1.</summary>
    public TokenGroupRecipe[] TokenGroups { get; init; } = [];
}

/// <summary>Ids whose labels weigh otherwise than 1.</summary>
public sealed record TokenGroupRecipe
{
    public string Name { get; init; } = "";

    /// <summary>The least id.</summary>
    public int First { get; init; }

    /// <summary>How many ids.</summary>
    public int Count { get; init; }

    public double Weight { get; init; } = 1;
}

/// <summary>Constants of direct preference optimisation.</summary>
public sealed record PreferenceRecipe
{
    /// <summary>How strongly the policy is held to the base.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Share of pairs taken to be labelled the wrong way round.</summary>
    public double LabelSmoothing { get; init; }
}
