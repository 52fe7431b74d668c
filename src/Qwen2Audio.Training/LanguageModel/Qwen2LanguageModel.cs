using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Qwen2 and Qwen2-MoE. The head runs over the label rows only, so that prompts need no logits.</summary>
internal sealed class Qwen2LanguageModel(Qwen2Model model) : ILanguageModel
{
    public Variable LabelLogits(TrainingOps ops, TokenBatch batch)
    {
        var hidden = model.Hidden(ops, model.Embed(ops, batch.Ids), batch.Documents);
        return model.Logits(ops, ops.TakeRows(hidden, batch.LabelRows));
    }
}
