namespace Qwen2Audio.Training.LanguageModel;

/// <summary>A range of ids whose labels have a weight other than 1, such as audio codes.</summary>
/// <param name="Name">For recipes and messages.</param>
/// <param name="First">The first id.</param>
/// <param name="Count">Number of ids.</param>
/// <param name="Weight">Weight of each label in the group.</param>
internal sealed record TokenGroup(string Name, int First, int Count, float Weight)
{
    /// <summary>True when the id belongs to the group.</summary>
    public bool Has(int id) => id >= First && id - First < Count;
}
