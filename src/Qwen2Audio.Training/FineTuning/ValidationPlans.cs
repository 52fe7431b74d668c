using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Plans that go through a set once, in order, with rows as in training.</summary>
internal static class ValidationPlans
{
    public static IEnumerable<StepPlan> Of(ConversationSet samples, BatchRecipe batch)
    {
        var order = new DataOrder(new DataOrderOptions { Shuffle = false, Filling = batch.Filling, RowTokens = batch.RowTokens }, samples.Count, samples.Length);
        for (var row = 0; row < order.RowsOf(0); row++) yield return order.Step(row);
    }
}
