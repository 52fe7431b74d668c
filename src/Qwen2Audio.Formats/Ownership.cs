namespace Qwen2Audio.Formats;

/// <summary>Hands over things that must be disposed of.</summary>
public static class Ownership
{
    /// <summary>Makes something that owns the item from then on. If that fails, the item is disposed of.</summary>
    public static TOwner Pass<TItem, TOwner>(TItem item, Func<TItem, TOwner> make)
        where TItem : IDisposable
    {
        try
        {
            return make(item);
        }
        catch
        {
            item.Dispose();
            throw;
        }
    }
}
