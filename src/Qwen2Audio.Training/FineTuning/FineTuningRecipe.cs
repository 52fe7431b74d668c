using Qwen2Audio.Training.Data.Augmentations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>The kinds of training data and loss.</summary>
internal enum FineTuningMethod
{
    /// <summary>Conversations, with the loss on the assistant's messages.</summary>
    Supervised,

    /// <summary>Pairs of a preferred and a rejected answer (direct preference optimisation).</summary>
    Preferences,
}

/// <summary>All settings of a fine-tuning run; read from YAML by <see cref="FineTuningRecipeFile"/>.</summary>
[RecipeOf("finetune")]
internal sealed record FineTuningRecipe
{
    /// <summary>The kind of training.</summary>
    public FineTuningMethod Method { get; init; }

    /// <summary>Seed for data order, augmentation, dropout and an adapter's initial values.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Steps of the run; alternative to <see cref="Epochs"/>.</summary>
    public int? Steps { get; init; }

    /// <summary>Number of passes over all samples.</summary>
    public double? Epochs { get; init; }

    public BaseRecipe Model { get; init; } = new();

    /// <summary>Trains a low-rank adapter; absent: trains the weights.</summary>
    public LoraRecipe? Lora { get; init; }

    public TuningDataRecipe Data { get; init; } = new();

    public BatchRecipe Batch { get; init; } = new();

    public TuningOptimizerRecipe Optimizer { get; init; } = new();

    /// <summary>Names as in transformers; by default the schedule ends with the run.</summary>
    public LearningRateSettings Schedule { get; init; } = new();

    /// <summary>Keeps an exponential average of the weights; absent: none.</summary>
    public AverageRecipe? Average { get; init; }

    public TuningLossRecipe Losses { get; init; } = new();

    public PreferenceRecipe Preferences { get; init; } = new();

    /// <summary>Recomputes layers in the backward pass instead of keeping their results: less memory, about a third more work, the same bits.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Recompute { get; init; }

    public CheckpointRecipe Checkpoints { get; init; } = new();
}

/// <summary>The base model.</summary>
internal sealed record BaseRecipe
{
    /// <summary>A folder, relative to the recipe's, or the name of a downloaded model.</summary>
    public string Base { get; init; } = "";

    /// <summary>Name of the chat template; by default the folder's.</summary>
    public string? Template { get; init; }

    /// <summary>Whether to train the language model.</summary>
    public bool TrainLanguageModel { get; init; } = true;

    /// <summary>Whether to train the projector of Qwen2-Audio.</summary>
    public bool TrainProjector { get; init; }

    /// <summary>Whether to train the audio encoder of Qwen2-Audio.</summary>
    public bool TrainAudioTower { get; init; }
}

/// <summary>A low-rank adapter, with peft's settings.</summary>
internal sealed record LoraRecipe
{
    /// <summary>Rank.</summary>
    public int R { get; init; } = 8;

    /// <summary>The product is scaled by alpha / rank.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Dropout rate of the adapter's input in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Linear layers by name or name suffix; all-linear alone: every layer except the head.</summary>
    public string[] TargetModules { get; init; } = ["q_proj", "k_proj", "v_proj", "o_proj"];

    /// <summary>Scales by alpha / √rank instead.</summary>
    public bool UseRslora { get; init; }
}

/// <summary>Conversations. Paths are relative to the recipe's folder.</summary>
internal sealed record TuningDataRecipe
{
    /// <summary>Training files, one JSON object per line.</summary>
    public string[] Train { get; init; } = [];

    /// <summary>Validation files, measured during training; optional.</summary>
    public string[] Validation { get; init; } = [];

    /// <summary>Maximum tokens of a conversation, audio included; longer ones are skipped. By default the model's context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Augmentation of clips; absent: none.</summary>
    public WaveAugmentationOptions? Augmentation { get; init; }

    /// <summary>Maximum percentage of unusable samples; above it the run is rejected.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double MaxSkippedPercent { get; init; } = 5;
}

/// <summary>How samples are combined into steps.</summary>
internal sealed record BatchRecipe
{
    /// <summary>How rows are filled.</summary>
    public RowFilling Filling { get; init; } = RowFilling.Pack;

    /// <summary>Maximum tokens of a row with several samples; a pair counts with both endings.</summary>
    public int RowTokens { get; init; } = 1024;

    /// <summary>Rows of a step, over all ranks.</summary>
    public int Rows { get; init; } = 8;

    /// <summary>Rows computed at once: a step accumulates gradients over rows / rows_at_once passes. Determines the memory needed.</summary>
    public int RowsAtOnce { get; init; } = 1;

    /// <summary>Whether each epoch has another order.</summary>
    public bool Shuffle { get; init; } = true;
}

/// <summary>Which parameters decay.</summary>
internal enum DecayChoice
{
    /// <summary>Parameters of two or more dimensions.</summary>
    Matrices,

    /// <summary>All parameters.</summary>
    All,
}

/// <summary>Settings of AdamW.</summary>
internal sealed record TuningOptimizerRecipe : OptimizerRecipe
{
    /// <summary>Which parameters decay.</summary>
    public DecayChoice Decay { get; init; }

    /// <summary>False: Adam with L2.</summary>
    public bool Decoupled { get; init; } = true;
}

/// <summary>An exponential average of the weights.</summary>
internal sealed record AverageRecipe
{
    /// <summary>Weight of the old average in an update.</summary>
    public double Decay { get; init; } = 0.999;

    /// <summary>Whether checkpoints and measurements use the average instead of the weights.</summary>
    public bool Export { get; init; } = true;
}

/// <summary>Additional losses of supervised training.</summary>
internal sealed record TuningLossRecipe
{
    /// <summary>Weight of the router's balance loss; by default the base's router_aux_loss_coef.</summary>
    public double? Balance { get; init; }

    /// <summary>Weight of the router's z loss.</summary>
    public double RouterZ { get; init; }

    /// <summary>Fraction of each target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Tokens with a weight other than 1.</summary>
    public TokenGroupRecipe[] TokenGroups { get; init; } = [];
}

/// <summary>A range of ids whose labels have a weight other than 1.</summary>
internal sealed record TokenGroupRecipe
{
    public string Name { get; init; } = "";

    /// <summary>The first id.</summary>
    public int First { get; init; }

    /// <summary>Number of ids.</summary>
    public int Count { get; init; }

    public double Weight { get; init; } = 1;
}

/// <summary>Settings of direct preference optimisation.</summary>
internal sealed record PreferenceRecipe
{
    /// <summary>Strength of the penalty for leaving the base model.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Assumed fraction of pairs whose labels are swapped.</summary>
    public double LabelSmoothing { get; init; }
}
