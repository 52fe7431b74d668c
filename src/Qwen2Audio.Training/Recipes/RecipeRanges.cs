
namespace Qwen2Audio.Training.Recipes;

/// <summary>Reports numbers that are out of range.</summary>
internal static class RecipeRanges
{
    public static IEnumerable<string> AtLeast(string name, long value, long least)
    {
        if (value < least) yield return $"{name} is {value}: at least {least} is allowed";
    }

    public static IEnumerable<string> Share(string name, double value) => Between(name, value, 0, 1);

    public static IEnumerable<string> Between(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            yield return $"{name} is {value}: {(least == most ? $"{least}" : $"{least}…{most}")} is allowed";
    }
}
