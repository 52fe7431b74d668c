using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>A model that predicts tokens, as training uses it.</summary>
internal interface ILanguageModel
{
    /// <summary>Logits at the batch's label rows, [labels, vocabulary].</summary>
    Variable LabelLogits(TrainingOps ops, TokenBatch batch);
}
