namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Tokens whose labels weigh otherwise than 1 (audio codes beside text, say): ids from <paramref name="First"/> on.</summary>
/// <param name="Name">For recipes and messages.</param>
/// <param name="First">The least id.</param>
/// <param name="Count">How many ids.</param>
/// <param name="Weight">Weight of each label among them.</param>
internal sealed record TokenGroup(string Name, int First, int Count, float Weight)
{
    /// <summary>True when the id is one of the group.</summary>
    public bool Has(int id) => id >= First && id - First < Count;
}
